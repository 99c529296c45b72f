"""A catalogue with two protocols, and what reads them."""

from dataclasses import replace

import pytest

from bench.clock import VirtualClock
from bench.config.catalogue import Catalogue
from bench.control.states import State
from bench.service.port import BenchState
from gui.bridge.tasks import Tasks
from gui.state.session import Session
from tests.gui.state.sessions import US, engine_cell

PULL = """
# Pulls once.
protocol: lab/pull
title: {en: Pull, zh: 拉升}
object: hydrogen-engine
parameters:
  wait: {default: 5 s, min: 1 s, max: 1 min, help: {en: How long, zh: 多久}}
steps:
  - {id: rest, hold: $wait}
"""
CELLS = PULL.replace("lab/pull", "lab/cells").replace("hydrogen-engine", "solid-oxide")


@pytest.fixture
def catalogue(tmp_path):
    folder = tmp_path / "protocols" / "lab"
    folder.mkdir(parents=True)
    (folder / "pull.yaml").write_text(PULL, encoding="utf-8")
    (folder / "cells.yaml").write_text(CELLS.replace("Pull", "Cells"), encoding="utf-8")
    return replace(Catalogue.shipped(), protocols=(folder.parent,))


@pytest.fixture
def tasks(qapp):
    made = Tasks()
    yield made
    made.close()


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def session():
    bench = BenchState(state=State.MONITOR, rig="hydrogen-engine-cell")
    return Session(bench, engine_cell(), is_connected=True, client=US)
