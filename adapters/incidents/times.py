"""Times in the spellings of exports and logs."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_MILLI, _MICRO, _NANO = 1e11, 1e14, 1e17  # from these values on, an epoch time is in the finer unit
_ZONES = {
    "z": 0.0, "utc": 0.0, "gmt": 0.0, "ut": 0.0, "wet": 0.0, "bst": 1.0, "west": 1.0, "cet": 1.0, "cest": 2.0,
    "eet": 2.0, "eest": 3.0, "msk": 3.0, "jst": 9.0, "sgt": 8.0, "aest": 10.0, "aedt": 11.0, "est": -5.0,
    "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
}  # fmt: skip
"""Hours east of UTC; `CST` and `BST` have other meanings elsewhere, so what is taken is noted."""
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_HALF = r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
_ZONE = r"(?:\s*(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Za-z]{1,5}))?(?:\s+(?:m=\S+|[A-Z]{2,5}))?(?:\s*\[[\w/+-]+\])?"
_NUMBERED = r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
_NAMED = r"(?P<day>\d{1,2})[/ -](?P<name>[A-Za-z]{3})[a-z]*[/ -](?P<year>\d{4})"
_NAME_FIRST = r"(?:[A-Za-z]{3}\s+)?(?P<name>[A-Za-z]{3})[a-z]*\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})"
_YEAR_LAST = r"[A-Za-z]{3}\s+(?P<name>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+"
_ZONE_AND_YEAR = r"(?:\s+(?P<zone>[A-Za-z]{1,5}))?\s+(?P<year>\d{4})"
_AFTER = rf"(?:[T \t,]+{_CLOCK}{_HALF}{_ZONE})?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_NUMBERED}{_AFTER}",
        rf"(?:[A-Za-z]{{3,9}},?\s+)?{_NAMED}[: ,]+{_CLOCK}{_HALF}{_ZONE}",
        rf"{_NAME_FIRST}[, ]+{_CLOCK}{_HALF}{_ZONE}",
        rf"{_YEAR_LAST}{_CLOCK}{_ZONE_AND_YEAR}",
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_AFTER}",
        rf"(?P<first>\d{{1,2}})/(?P<other>\d{{1,2}})/(?P<year>\d{{4}}){_AFTER}",
    )
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_LONGEST = 80


def epoch_seconds(value: object) -> float:
    """Epoch seconds of a number or of a time (UTC without a zone); NaN for everything else.

    Milli-, micro- and nanoseconds are recognised by the number's size.
    """
    return parsed_time(value)[0]


def parsed_time(value: object, *, day_first: bool = False) -> tuple[float, bool]:
    """Epoch seconds as above, and whether the value says its zone. `day_first` reads 03/04 as 3 April."""
    if isinstance(value, bool) or value is None:
        return math.nan, True
    if isinstance(value, str) and value[4:5] == "-":  # most times of logs: float() would raise first
        return _of_text(value.strip(), day_first)
    try:
        number = float(value)  # type: ignore[arg-type]  # float() raises for what is no number
    except (TypeError, ValueError, OverflowError):
        return _of_text(str(value).strip(), day_first)
    return _scaled(number), True


def _scaled(number: float) -> float:
    for limit, unit in ((_NANO, 1e9), (_MICRO, 1e6), (_MILLI, 1e3)):
        if abs(number) > limit:
            return number / unit
    return number


def _of_text(text: str, day_first: bool) -> tuple[float, bool]:  # noqa: FBT001  private
    if len(text) > _LONGEST:
        return math.nan, True
    if _ISO.match(text):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return _by_form(text, day_first)
        try:
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp(), at.tzinfo is not None
        except (ValueError, OverflowError):
            return math.nan, True
    return _by_form(text, day_first)


@lru_cache(maxsize=4096)
def _by_form(text: str, day_first: bool) -> tuple[float, bool]:  # noqa: FBT001  private
    match = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if match is None:
        return math.nan, True
    parts = match.groupdict()
    try:
        return _seconds(parts, day_first=day_first)
    except (ValueError, OverflowError, KeyError):
        return math.nan, True


def _seconds(parts: dict[str, str | None], *, day_first: bool) -> tuple[float, bool]:
    """Raises ValueError or KeyError for a date that does not exist."""
    if name := parts.get("name"):
        month, day = _MONTHS.index(name.lower()) + 1, int(parts["day"] or 0)
    elif first := parts.get("first"):
        numbers = (int(first), int(parts["other"] or 0))
        day, month = numbers if day_first else numbers[::-1]
    else:
        month, day = int(parts["month"] or 0), int(parts["day"] or 0)
    hour = int(parts.get("hour") or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    zone = parts.get("zone")
    minute, second = int(parts.get("minute") or 0), int(parts.get("second") or 0)
    at = datetime(
        int(parts["year"] or 0), month, day, hour, minute, second, tzinfo=_zone(zone) if zone else UTC
    )
    fraction = float(f"0.{parts.get('fraction') or 0}")
    return at.timestamp() + fraction, zone is not None


def _zone(text: str) -> timezone:
    if text[0] in "+-":
        digits = text[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if text[0] == "-" else offset)
    return timezone(timedelta(hours=_ZONES[text.lower()]))


def is_ambiguous_date(text: str) -> bool:
    """Whether day and month could be exchanged, as in 03/04/2026."""
    match = _FORMS[-1].fullmatch(text.strip())
    return match is not None


def first_number(text: str) -> int:
    """The first number of an ambiguous date; 0 for any other text."""
    match = _FORMS[-1].fullmatch(text.strip())
    return int(match["first"]) if match else 0
