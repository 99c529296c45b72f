"""A bounded sample of the kill campaign; all of it: ``python -m tests.campaigns.kills``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.campaigns.kill_course import added, leaves_of, place_of
from tests.campaigns.kill_operator import Moment
from tests.campaigns.kill_site import PROTOCOL
from tests.campaigns.kill_truth import Span, Truth
from tests.campaigns.kills import campaign, line_of, summary


@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="a process group cannot be killed there")
def test_a_run_whose_server_is_killed_goes_on_at_the_right_step(tmp_path: Path) -> None:
    outcome = campaign(3, 101, tmp_path, moments=[Moment.SEQUENCE, Moment.BEGINNING], said=print)
    told = "\n".join([*map(line_of, outcome.lives), summary([outcome])])
    assert not outcome.verdict.failures, "\n".join([*outcome.verdict.failures, told])
    assert outcome.verdict.resumed >= 1, told


def test_the_course_of_the_protocol_counts_every_pass_once() -> None:
    leaves = leaves_of(PROTOCOL)
    block = [i for i, leaf in enumerate(leaves) if leaf.id == "blocks/steady"]
    assert added(leaves, block[0], block[1]) == pytest.approx({"cycles": 5.0, "distance": 1700.0})
    assert leaves[block[0] + 2].again == block[0]  # what is measured is settled again
    frames = [{"id": "", "child": 4, "turn": 1}, {"id": "blocks", "child": 2, "turn": 2}]
    assert place_of(leaves, {"frames": frames, "step": "blocks/steady"}) == block[1]


def test_the_running_time_between_two_lines_is_known_as_well_as_it_can_be() -> None:
    lines = ([0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.4, 1.4])
    truth = Truth(*lines, [0.0] * 4, [0.0] * 4, [0.0] * 4)
    assert truth.ran(0.5) == Span(0.0, 0.0)
    known = truth.ran(2.5)
    assert (known.low, known.high) == pytest.approx((0.9, 0.9))
    between = truth.ran(1.5)
    assert (between.low, between.high) == pytest.approx((0.0, 0.4))
