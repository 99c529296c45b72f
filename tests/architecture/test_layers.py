"""The import contracts in pyproject.toml hold, and forget nobody."""

import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {each["name"]: each for each in SETTINGS["tool"]["importlinter"]["contracts"]}


def ours(group):
    """Modules of our entry points in a group."""
    points = SETTINGS["project"]["entry-points"][f"h2bench.{group}"].values()
    return {point.partition(":")[0] for point in points}


def test_every_import_contract_is_kept(capsys):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("contract", "group"),
    [("A driver knows no other driver", "drivers"), ("A twin knows no other twin", "twins")],
)
def test_no_installed_driver_or_twin_is_left_out_of_its_contract(contract, group):
    assert set(CONTRACTS[contract]["modules"]) == ours(group)


def test_entry_points_are_installed_as_the_project_declares_them():
    for group, declared in SETTINGS["project"]["entry-points"].items():
        installed = {point.name: point.value for point in entry_points(group=group)}
        assert declared.items() <= installed.items(), f"{group}: install again (pip install -e .)"


def test_every_entry_point_leads_to_something():
    for group in SETTINGS["project"]["entry-points"]:
        for point in entry_points(group=group):
            assert point.load() is not None
