"""An approval may be acted on only for a limited time after its decision."""

from datetime import timedelta

import samples as sample
from hypothesis import given
from hypothesis import strategies as st

ASKED = sample.approval()


def test_undecided_it_is_the_last_moment() -> None:
    """The act_until of an undecided approval equals act_by."""
    assert ASKED.act_until == ASKED.act_by


@given(st.integers(-10_000, 10_000))
def test_it_is_as_long_after_the_decision_as_was_agreed(seconds: int) -> None:
    """act_until is five minutes after the decision, but never later than act_by."""
    decided_at = sample.NOON + timedelta(seconds=seconds)
    until = ASKED.model_copy(update={"decided_at": decided_at}).act_until
    assert until == min(ASKED.act_by, decided_at + timedelta(minutes=5))
