"""How many cycles of in-cylinder pressure one core analyses per second.

    .venv/bin/python -m tests.benchmarks.combustion [--cycles 200] [--rounds 10]

Cycles of 7,200 samples as float32, with noise, an intake pressure and a spark: all that
`analyse_capture` does, in processor time, numpy on one thread. The target is 500 cycles/s.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time

import numpy as np

from analysis.combustion.capture import analyse_capture
from analysis.combustion.geometry import CylinderGeometry
from analysis.combustion.traces import traces
from tests.analysis.synthetic_cycles import ANGLE, ENGINE, capture

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def rates(cycles: int, rounds: int) -> list[float]:
    """Return cycles per second of processor time, one for each round, slowest first."""
    geometry = CylinderGeometry(
        bore=ENGINE.bore, stroke=ENGINE.stroke, rod=ENGINE.rod, compression_ratio=ENGINE.ratio
    )
    rows = capture(cycles, noise=5e3, scatter=0.01)[1].astype(np.float32)
    recorded = traces(angle_deg=ANGLE, pressure=rows, intake=np.full_like(rows, 2.2e5))
    found: list[float] = []
    for _ in range(rounds):
        begin = time.process_time()
        result = analyse_capture(
            traces=recorded, geometry=geometry, speed=1200.0 * math.pi / 30.0, spark_deg=-15.0
        )
        found.append(cycles / (time.process_time() - begin))
        assert result.used == cycles
    return sorted(found)


def main() -> None:
    """Print the median and the fastest round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        # numpy reads this when it is loaded: begin again
        alone = os.environ | dict.fromkeys(ONE_THREAD, "1")
        command = [sys.executable, "-m", "tests.benchmarks.combustion", *sys.argv[1:]]
        sys.exit(subprocess.run(command, env=alone, check=False).returncode)
    found = rates(asked.cycles, asked.rounds)
    sys.stdout.write(
        f"{asked.cycles} cycles of {ANGLE.size} samples: "
        f"{found[len(found) // 2]:.0f} cycles/s per core, at best {found[-1]:.0f}\n"
    )


if __name__ == "__main__":
    main()
