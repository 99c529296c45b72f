"""Ten thousand hours at 1 Hz: events and hourly medians, in seconds and memory.

The stream is measured over 400 h; the figure counts for 25 times as much.
"""

import tracemalloc

import numpy as np

from analysis.operating_events import OperatingHistory, OperatingLimits
from analysis.operating_stream import OperatingStream

CHUNK = 36_000
CHUNKS = 40
WHOLE = 36_000_000


def eaten(chunks: int) -> OperatingHistory:
    """Return what is found in so many chunks of ten hours."""
    draw = np.random.default_rng(0)
    current = 40.0 + draw.normal(0.0, 0.01, CHUNK)
    temperature = 1023.0 + draw.normal(0.0, 0.1, CHUNK)
    values = draw.normal(0.85, 1e-3, (CHUNK, 5))
    fuel, gas = np.full(CHUNK, 0.01), np.zeros(CHUNK)
    stream = OperatingStream(OperatingLimits(rated_current=40.0), channels=5)
    for place in range(chunks):
        stream.eat(
            times=place * CHUNK + np.arange(CHUNK), current=current, temperature=temperature,
            fuel=fuel, safety_gas=gas, values=values,
        )  # fmt: skip
    return stream.finish()


def test_ten_thousand_hours_at_1_hz(benchmark):
    history = benchmark.pedantic(eaten, (CHUNKS,), rounds=3)
    tracemalloc.start()
    eaten(CHUNKS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    whole = benchmark.stats.stats.min * WHOLE / (CHUNK * CHUNKS)
    print(f"36 million rows: {whole:.1f} s, memory at most {peak / 2**20:.0f} MiB")  # noqa: T201 - a benchmark prints
    assert history.rows == CHUNK * CHUNKS
