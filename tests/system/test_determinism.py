"""Equal seeds give equal runs, whatever the machine does in between."""

import random

import h5py
import numpy as np
import pytest

from tests.system.virtual_bench import VirtualBench


def contents(path):
    """Return everything in a run file but its provenance: name → bytes."""
    found = {}

    def take(name, node):
        if "/provenance" in f"/{name}":
            return
        for key, value in node.attrs.items():
            found[f"{name}@{key}"] = flat(np.asarray(value))
        if isinstance(node, h5py.Dataset):
            value = node[()]
            text = value if isinstance(value, bytes) else np.asarray(value)
            found[name] = text if isinstance(text, bytes) else flat(text)

    with h5py.File(path) as file:
        file.visititems(take)
    return found


def flat(values):
    """Return the bytes of an array; texts of variable length by their contents, not address."""
    if values.dtype.hasobject:
        return repr(values.tolist()).encode()
    return values.tobytes()


def run(folder, seed, stop_after=420):
    bench = VirtualBench(folder, seed=seed)
    bench.scan(stop_after)
    bench.close()
    return contents(bench.server.path)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return run(tmp_path_factory.mktemp("first"), seed=7)


def test_equal_seeds_give_equal_bytes(first, tmp_path):
    second = run(tmp_path, seed=7)
    assert second.keys() == first.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first) > 100


def test_another_seed_gives_another_run_of_the_same_shape(first, tmp_path):
    other = run(tmp_path, seed=8)
    assert other.keys() == first.keys()
    different = {name for name in first if first[name] != other[name]}
    assert any("torque" in name for name in different)


def test_runs_that_take_turns_at_random_do_not_see_each_other(first, tmp_path):
    turns = random.Random(5)
    benches = [VirtualBench(tmp_path / str(i), seed=seed) for i, seed in enumerate((7, 8, 7))]
    left = [420] * 3
    while any(left):
        which = turns.choice([i for i in range(3) if left[i]])
        count = min(turns.randint(1, 60), left[which])
        benches[which].scan(count)
        left[which] -= count
        random.random()  # somebody else draws, too
        benches[which].server.state()  # and a client looks
    for bench in benches:
        bench.close()
    found = [contents(bench.server.path) for bench in benches]
    assert found[0] == first
    assert found[2] == first
    assert found[1] != first
