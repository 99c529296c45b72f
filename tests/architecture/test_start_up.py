"""What `h2bench --help` loads: the texts of the commands, and none of the libraries they work with.

Modules are counted, not seconds: a machine under load is slow, but it loads no more.
"""

import re
import subprocess
import sys

import pytest

HEAVY = {
    "apprise", "asammdf", "asyncio", "babel", "can", "cantools", "filelock", "fontTools", "h5py",
    "isal", "matplotlib", "msgspec", "multiprocessing", "numpy", "pint", "platformdirs", "psutil",
    "pyarrow", "pydantic", "pyvisa", "pyvisa_py", "ruamel", "scipy", "sqlite3", "typst", "zmq",
}  # fmt: skip
"""Libraries that take long to load; typer and rich, which write the help, are not among them."""
ROOMS = {
    "bench.config", "bench.control", "bench.planning", "bench.preflight", "bench.record",
    "bench.safety", "bench.service.client", "bench.service.station", "drivers.opening",
    "drivers.simulated.rig", "protocols.execution",
}  # fmt: skip
"""Our own packages and modules where the work is done."""


PROCESS = """
import sys
from bench.cli import main
try:
    main()
finally:
    print(*sys.modules, sep="\\n", file=sys.stderr)
"""


def loaded(*arguments):
    """Return what a process of the command line loads, and what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, *arguments],
        capture_output=True, text=True, encoding="utf-8", timeout=240, check=True,
    )  # fmt: skip
    return set(done.stderr.split()), done.stdout


def libraries_of(modules):
    return {name.partition(".")[0] for name in modules}


@pytest.fixture(scope="module")
def for_help():
    return loaded("--help")


def test_help_names_the_commands_of_every_room(for_help):
    modules, text = for_help
    assert {"typer", "bench.commands", "bench.runs.commands.files", "protocols.commands"} <= modules
    for command in ("run", "verify", "status", "simulate"):
        assert re.search(rf"\b{command}\b", text)


def test_help_loads_no_library_that_works(for_help):
    modules, _ = for_help
    assert libraries_of(modules) & HEAVY == set()


def test_help_loads_no_room_of_ours_that_works(for_help):
    modules, _ = for_help
    assert modules & ROOMS == set()


def test_help_of_one_command_loads_no_other_command():
    modules, text = loaded("verify", "--help")
    assert "checksums" in text
    assert "protocols.commands" not in modules
    assert libraries_of(modules) & HEAVY <= {"pydantic"}  # typer's, which reads arguments with it
