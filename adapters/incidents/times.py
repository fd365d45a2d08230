import math
from datetime import UTC, datetime

_MILLI, _MICRO, _NANO = 1e11, 1e14, 1e17  # epoch times from which a number is in finer units


def epoch_seconds(value: object) -> float:
    """Epoch seconds of a number (finer units are told by their size) or of an ISO time (UTC without a zone).

    NaN for everything else.
    """
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        number = float(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError, OverflowError):
        return _iso(value)
    for limit, unit in ((_NANO, 1e9), (_MICRO, 1e6), (_MILLI, 1e3)):
        if abs(number) > limit:
            return number / unit
    return number


def _iso(value: object) -> float:
    try:
        at = datetime.fromisoformat(str(value).strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan
