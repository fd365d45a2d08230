import math
from datetime import UTC, datetime

_MILLI, _MICRO, _NANO = 1e11, 1e14, 1e17  # from these values on, an epoch time is in the finer unit


def epoch_seconds(value: object) -> float:
    """Epoch seconds of a number or of an ISO time (UTC without a zone); NaN for everything else.

    Milli-, micro- and nanoseconds are recognised by the number's size.
    """
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        number = float(value)  # type: ignore[arg-type]  # float() raises for what is no number
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
