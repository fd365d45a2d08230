"""How large a rise must be for people to care, in base units (seconds, shares of 1, bytes, cores, counts)."""

from dataclasses import dataclass

from rca.constants import CONSTANTS
from rca.series import TimeSeries
from rca.signals import Signal
from semantics.units import COUNTED, TIMES

_NO_LEAST = 1e-9
_FAILURES = frozenset({Signal.ERRORS, Signal.REFUSED, Signal.OWN_ERRORS})


@dataclass(frozen=True)
class _Rise:
    """`absolute` counts only where the unit is known."""

    relative: float = 0.0
    absolute: float = _NO_LEAST


_RISES = {
    Signal.LATENCY: _Rise(CONSTANTS.latency_rise, CONSTANTS.latency_rise_s),
    Signal.WAIT: _Rise(CONSTANTS.latency_rise, CONSTANTS.latency_rise_s),
    Signal.SELF_TIME: _Rise(CONSTANTS.latency_rise, CONSTANTS.latency_rise_s),
    Signal.CPU: _Rise(CONSTANTS.count_growth, CONSTANTS.cores_rise),
    Signal.MEMORY: _Rise(CONSTANTS.memory_rise, CONSTANTS.memory_rise_bytes),
    Signal.TRAFFIC: _Rise(CONSTANTS.count_growth, CONSTANTS.traffic_change),
}
_WAITING = _Rise(CONSTANTS.latency_rise, CONSTANTS.wait_rise_s)
_COUNT = _Rise(CONSTANTS.count_growth, CONSTANTS.count_rise)
_AMOUNT = _Rise(CONSTANTS.count_growth)


def smallest_rise(series: TimeSeries, before: float, traffic: float) -> float:
    """The smallest rise that matters from a level `before`; `traffic` are the service's requests a second."""
    signal, unit = series.signal, series.meaning.unit
    if signal in _FAILURES:
        return _of_failures(series, abs(before), traffic)
    if signal is Signal.SATURATION or series.is_share:
        return CONSTANTS.saturation_rise
    if signal in {Signal.RESTARTS, Signal.UP}:
        return 1.0 if signal is Signal.RESTARTS else 0.5
    rise = _RISES.get(signal, _COUNT if unit.partition("/")[0] in COUNTED else _AMOUNT)
    if signal is Signal.QUEUE:
        if unit not in TIMES:  # work that waits, in whatever it is counted
            return max(CONSTANTS.count_growth * abs(before), CONSTANTS.queue_rise)
        rise = _WAITING
    has_least = bool(unit) and (signal is not Signal.TRAFFIC or unit.partition("/")[0] in COUNTED)
    return max(rise.relative * abs(before), rise.absolute if has_least else _NO_LEAST)


def _of_failures(series: TimeSeries, before: float, traffic: float) -> float:
    if series.is_share:
        return CONSTANTS.error_share
    least = CONSTANTS.error_rate * (CONSTANTS.known_traffic_share if traffic else 1.0)
    return max(CONSTANTS.error_share * traffic, before, least)
