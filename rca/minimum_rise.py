"""How large a rise of a series must be to count, by role and unit."""

from dataclasses import dataclass

from rca.roles import SeriesRole


@dataclass(frozen=True)
class MinimumRise:
    """A rise counts from `absolute` (in the series' unit) and from `relative` times the level before.

    `unit_scale` is one second, or a share of 1, in the series' unit. Divided by it, series in different
    units are comparable.
    """

    absolute: float
    relative: float
    unit_scale: float = 1.0


_MEBIBYTE = 1024.0**2
_MEBIBYTES = {"kb": 1 / 1024, "kib": 1 / 1024, "mb": 1.0, "mib": 1.0, "gb": 1024.0, "gib": 1024.0}
_TIME_UNITS = frozenset({"s", "sec", "seconds", "ms", "milliseconds", "us", "µs", "microseconds"})
_TIME_SUFFIXES = ("_seconds", "_ms", "_milliseconds", "_us")
_NEVER = MinimumRise(absolute=float("inf"), relative=1.0)


def minimum_rise(role: SeriesRole, metric: str, unit: str) -> MinimumRise:
    """The smallest rise that is not noise. Traffic and unknown metrics never count."""
    name, unit = metric.lower(), unit.lower().strip()
    match role:
        case SeriesRole.LATENCY | SeriesRole.EXTERNAL:
            second = _second(name, unit)
            return MinimumRise(absolute=0.15 * second, relative=0.75, unit_scale=second)
        case SeriesRole.ERRORS if unit in {"%", "percent"} or "percent" in name:
            return MinimumRise(absolute=4.0, relative=1.0, unit_scale=100.0)
        case SeriesRole.ERRORS if "ratio" in name or unit in {"ratio", "percentunit"} or "rate" in name:
            return MinimumRise(absolute=0.04, relative=1.0)
        case SeriesRole.ERRORS:  # errors per second or per interval
            return MinimumRise(absolute=0.5, relative=1.0)
        case SeriesRole.MEMORY:
            return MinimumRise(absolute=8.0 * _mebibyte(name, unit), relative=0.2)
        case SeriesRole.SATURATION if unit in {"%", "percent"} or "percent" in name:
            return MinimumRise(absolute=25.0, relative=0.5)
        case SeriesRole.SATURATION if unit in {"", "ratio", "percentunit", "cores"}:
            return MinimumRise(absolute=0.25, relative=0.5)
        case SeriesRole.SATURATION if unit in _TIME_UNITS or name.endswith(_TIME_SUFFIXES):  # a wait
            return MinimumRise(absolute=0.1 * _second(name, unit), relative=1.0)
        case SeriesRole.SATURATION:  # a count: connections, queued jobs
            return MinimumRise(absolute=5.0, relative=1.0)
        case _:
            return _NEVER


def _second(name: str, unit: str) -> float:
    if unit in {"ms", "milliseconds"} or name.endswith(("_ms", "_milliseconds")):
        return 1e3
    if unit in {"us", "µs", "microseconds"} or name.endswith("_us"):
        return 1e6
    return 1.0


def _mebibyte(name: str, unit: str) -> float:
    if unit in _MEBIBYTES:
        return 1.0 / _MEBIBYTES[unit]
    return 1.0 if name.endswith(("_mb", "_mib")) else _MEBIBYTE
