"""How long the app takes from the command to a painted window."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.screens.sizes import Sizes, load

_REPOSITORY = Path(__file__).parents[3]
_ROUNDS = 3
_CHILD = """
import sys, time
from pathlib import Path
from gui.app import Shared, application
shared = Shared(application(sys.argv), Path(sys.argv[1]), "en")
window = shared.console()
window.show()
application(sys.argv).processEvents()
window.grab()
print(time.process_time(), flush=True)
window.close()
"""


def figures(_sizes: Sizes, folder: Path) -> list[Figure]:
    """Return how long it takes until the first window of a new process is painted."""
    walls: list[float] = []
    works: list[float] = []
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        command = [sys.executable, "-c", _CHILD, str(folder / "settings.toml")]
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        with subprocess.Popen(
            command, cwd=_REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            works.append(float(child.stdout.readline()))
            walls.append(time.perf_counter() - begin)
            child.communicate()
    section = "Start of the app, new process, without a bench"
    return [
        Figure(
            section, "Until the window is painted", float(np.median(walls)), "s", ("≤", 2.0),
            remark=load(),
        ),
        Figure(section, "of it processor time", float(np.median(works)), "s"),
    ]  # fmt: skip
