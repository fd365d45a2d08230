"""A small race of `make bench NAME=approval-race`: nothing is done twice, unapproved or lost."""

import random
from pathlib import Path

import pytest

from bench._consent_stack import own_place
from bench._race import Race


@pytest.mark.timeout(900)
async def test_ap3_f2_f11_a_small_race(tmp_path: Path) -> None:
    """Racing deciders, forged and repeated signals, cancels, wrong clocks, kill -9 of both kinds of worker.

    On servers of its own: the workers would take other tests' missions, too.
    """
    async with own_place() as place:
        dice = random.Random(7)  # noqa: S311  repeatable
        told = await Race(place, tmp_path, dice, kill_every=(1.0, 2.0)).run(8)
    assert told["violations"] == 0
    assert told["approvals"] == told["missions"] == 8
    assert 0 < told["executed"] <= told["approved"]
    assert told["kills"] > 0
