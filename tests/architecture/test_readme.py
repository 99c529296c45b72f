"""What the README promises on its first page is what is there."""

import os
import re
from pathlib import Path

import pytest

from bench.check import check
from bench.config import Catalogue
from bench.exits import Exit
from bench.step import KINDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
WRITING = (ROOT / "protocols" / "README.md").read_text(encoding="utf-8")
TABLE_OF_STEPS = re.search(r"^\| step \|.*?\n\n", WRITING, flags=re.DOTALL | re.MULTILINE)
STEPS = dict(
    re.findall(
        r"^\| `([\w-]+)` \| `(.*?)` \|",
        TABLE_OF_STEPS[0] if TABLE_OF_STEPS else "",
        flags=re.MULTILINE,
    )
)
BEFORE = """\
protocol: example
object: hydrogen-engine
rig: hydrogen-engine-cell
steps:
  - set: {dyno.mode: n/T}
  - measure: {for: 30 s, as: full-load}
  - """
BEFORE_OF_CELLS = """\
protocol: example
object: solid-oxide
rig: short-stack-bench
steps:
  - set: {load.mode: "off"}
  - measure: {for: 30 s, as: ocv}
  - """
"""What stands before a step whose example needs an instrument of the short stack."""
BEFORES = {"perform": BEFORE_OF_CELLS, "planned-stop": BEFORE.replace("n/T", '"off"')}
"""Kind of step → what stands before its example, where that is no running engine."""
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


def test_the_two_commands_are_one_line_each():
    run, test = BLOCKS[0].strip().split("\n")
    assert run.endswith(".venv/bin/h2bench run hydrogen-engine/best-point --simulated")
    assert test.endswith(".venv/bin/pytest -n 3 --dist loadfile")


def test_the_test_command_is_what_the_machine_runs():
    _, test = BLOCKS[0].strip().split("\n")
    steps = test.split(" && ")
    assert steps[0] == "python3 -m venv .venv"
    for step in steps:
        words = step.replace("pip install -e", "pip install --quiet -e")
        assert step in RUN or words in RUN


def test_the_check_script_can_be_executed():
    assert RUN.startswith("#!/usr/bin/env bash\n")
    assert os.name == "nt" or os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_protocol_and_rig_it_names_exists():
    catalogue = Catalogue.shipped()
    named = set(re.findall(r"h2bench (?:run|check) ([\w-]+/[\w-]+)", README))
    assert named
    assert named <= set(catalogue.protocol_names())


def test_every_exit_code_stands_in_it():
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)}
    assert told == {int(each) for each in Exit}


FOLDERS = ("bench", "drivers", "analysis", "protocols", "gui", "tests")
READMES = [
    ROOT / "README.md",
    *(page for folder in FOLDERS for page in sorted((ROOT / folder).rglob("README.md"))),
]


def test_every_package_says_what_it_is():
    assert {ROOT / folder / "README.md" for folder in FOLDERS} <= set(READMES)


@pytest.mark.parametrize("page", READMES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_a_readme_links_exists(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def checked(text, folder):
    path = folder / "example.yaml"
    path.write_text(text, encoding="utf-8")
    return check(str(path), None, {}, Catalogue.shipped())


def test_every_kind_of_step_is_shown_to_who_writes_a_protocol():
    assert set(STEPS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_shown_can_be_planned(kind, tmp_path):
    root = checked(BEFORES.get(kind, BEFORE) + STEPS[kind], tmp_path).plan.root
    assert len(root.body) == 3


def test_the_protocol_shown_can_be_planned(tmp_path):
    example = re.search(r"```yaml\n(.*?)```", WRITING, flags=re.DOTALL)
    assert checked(example[1], tmp_path).plan.estimate.seconds > 300
