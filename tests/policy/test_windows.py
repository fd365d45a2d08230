from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policy.windows import Period, Weekly

OFFICE = Weekly.model_validate(
    {
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "from": "09:00",
        "to": "17:00",
        "timeZone": "Europe/Berlin",
    }
)
NIGHT = Weekly.model_validate({"days": ["fri"], "from": "22:00", "to": "06:00", "timeZone": "UTC"})


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-07-01T07:00:00Z", True),  # Wednesday, 09:00 in summer time
        ("2026-07-01T06:59:59Z", False),
        ("2026-07-01T15:00:00Z", False),  # 17:00: the end is exclusive
        ("2026-01-07T08:00:00Z", True),  # Wednesday, 09:00 in winter time
        ("2026-01-07T07:00:00Z", False),
        ("2026-07-04T10:00:00Z", False),  # Saturday
    ],
)
def test_hours_are_by_the_windows_own_clock(at: str, *, holds: bool) -> None:
    """The window follows its own time zone and summer time, whatever the zone of the request."""
    assert OFFICE.holds(datetime.fromisoformat(at)) is holds


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-07-03T22:00:00Z", True),  # Friday
        ("2026-07-04T05:59:59Z", True),  # the next morning is part of Friday's window
        ("2026-07-04T06:00:00Z", False),
        ("2026-07-03T05:00:00Z", False),  # Thursday has no window
    ],
)
def test_a_night_goes_past_midnight(at: str, *, holds: bool) -> None:
    """If `to` is before `from`, the window ends on the next day."""
    assert NIGHT.holds(datetime.fromisoformat(at)) is holds


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001  hypothesis adds the zone
def test_a_weekly_window_repeats_each_week(at: datetime) -> None:
    """In a zone without summer time the window repeats every seven days."""
    assert NIGHT.holds(at) is NIGHT.holds(at + timedelta(days=7))


def test_a_span_has_its_start_and_not_its_end() -> None:
    """Start is inclusive and end exclusive, so consecutive periods neither overlap nor leave a gap."""
    freeze = Period.model_validate({"start": "2026-12-20T00:00:00Z", "end": "2027-01-03T00:00:00Z"})
    assert freeze.holds(datetime(2026, 12, 20, tzinfo=UTC))
    assert not freeze.holds(datetime(2027, 1, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": [], "from": "09:00", "to": "17:00", "timeZone": "UTC"},
        {"days": ["mon"], "from": "09:00", "to": "09:00", "timeZone": "UTC"},
        {"days": ["mon"], "from": "09:00", "to": "17:00", "timeZone": "Europe/Atlantis"},
        {"days": ["mon"], "from": "09:00", "to": "17:00", "timeZone": "../../etc/passwd"},
        {"days": ["mon"], "from": "09:00", "to": "17:00"},
        {"days": ["mon"], "from": "09:00Z", "to": "17:00", "timeZone": "UTC"},
        {"days": ["someday"], "from": "09:00", "to": "17:00", "timeZone": "UTC"},
    ],
    ids=str,
)
def test_a_weekly_window_with_a_mistake_is_refused(wrong: dict[str, object]) -> None:
    """An invalid window is refused, because a freeze that never applies would be noticed too late."""
    with pytest.raises(ValidationError):
        Weekly.model_validate(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "2026-12-20T00:00:00", "end": "2027-01-03T00:00:00Z"},
        {"start": "2027-01-03T00:00:00Z", "end": "2026-12-20T00:00:00Z"},
    ],
    ids=str,
)
def test_a_span_with_a_mistake_is_refused(wrong: dict[str, object]) -> None:
    """Start and end need a zone and must be in order."""
    with pytest.raises(ValidationError):
        Period.model_validate(wrong)
