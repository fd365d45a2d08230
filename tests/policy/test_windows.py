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
        ("2026-07-01T15:00:00Z", False),  # 17:00: the end does not belong to it
        ("2026-01-07T08:00:00Z", True),  # Wednesday, 09:00 in winter time
        ("2026-01-07T07:00:00Z", False),
        ("2026-07-04T10:00:00Z", False),  # Saturday
    ],
)
def test_hours_are_by_the_windows_own_clock(at: str, *, holds: bool) -> None:
    """Summer time moves the window, whatever zone the question comes in."""
    assert OFFICE.holds(datetime.fromisoformat(at)) is holds


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-07-03T22:00:00Z", True),  # Friday
        ("2026-07-04T05:59:59Z", True),  # the morning after belongs to Friday's night
        ("2026-07-04T06:00:00Z", False),
        ("2026-07-03T05:00:00Z", False),  # Thursday's night is not in it
    ],
)
def test_a_night_goes_past_midnight(at: str, *, holds: bool) -> None:
    """`to` before `from` ends on the day after."""
    assert NIGHT.holds(datetime.fromisoformat(at)) is holds


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001  hypothesis adds the zone
def test_a_weekly_window_repeats_each_week(at: datetime) -> None:
    """In a zone without summer time, a week later is the same."""
    assert NIGHT.holds(at) is NIGHT.holds(at + timedelta(days=7))


def test_a_span_has_its_start_and_not_its_end() -> None:
    """Two spans in a row leave no gap and do not overlap."""
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
    """A freeze that silently never holds would be found too late."""
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
    """Its moments have a zone, and are in order."""
    with pytest.raises(ValidationError):
        Period.model_validate(wrong)
