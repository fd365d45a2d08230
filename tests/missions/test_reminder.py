"""Reminders are due at fixed shares of the window, each once, and are not repeated after an outage."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.reminder import SHARES, Urgency, until_next, urgency_of

WINDOW = timedelta(minutes=20)


@pytest.mark.parametrize(
    ("elapsed", "urgency", "wait"),
    [
        (0, None, 300),
        (299, None, 1),
        (300, Urgency.REMIND, 300),
        (600, Urgency.WIDEN, 300),
        (899, Urgency.WIDEN, 1),
        (900, Urgency.PAGE, 300),
        (1199, Urgency.PAGE, 1),
        (1200, Urgency.PAGE, 0),
    ],
)
def test_at_a_quarter_half_and_three_quarters(elapsed: float, urgency: Urgency | None, wait: float) -> None:
    """The due urgency and the time until the next reminder, or the end, follow from the elapsed time."""
    assert urgency_of(WINDOW, 1200 - elapsed) is urgency
    assert until_next(WINDOW, 1200 - elapsed) == pytest.approx(wait)


@given(st.floats(1, 86_400), st.floats(0, 1))
def test_who_waits_as_told_misses_none(window: float, elapsed: float) -> None:
    """Waiting for until_next again and again reaches every reminder and then the end of the window."""
    span, left = timedelta(seconds=window), window * (1 - elapsed)
    for _ in range(len(SHARES) + 1):
        left -= until_next(span, left)
    assert left == pytest.approx(0, abs=1e-3)
