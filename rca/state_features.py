"""What a service's own resources, targets and series say for it as the origin.

Each feature is 0 where there is nothing to see.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from rca.constants import CONSTANTS
from rca.error_counts import LOGS_PREFIX
from rca.shifts import LevelShift
from rca.signals import Signal
from rca.spans import SPANS_PREFIX
from rca.units import base_factor
from semantics.meaning import Resource

_STATES = frozenset({Signal.USAGE, Signal.HELD, Signal.QUEUE, Signal.SATURATION, Signal.MEMORY, Signal.OTHER})
"""What describes a component's state: a cache that is suddenly empty is as strange as a full one."""
_BACKEND_STATES = _STATES | {Signal.CPU, Signal.CACHE}
_SCRAPE = "up"
"""The metric that Prometheus itself writes: whether a target could be scraped."""
_SIGNS_OF_LIFE = frozenset({Signal.CPU, Signal.MEMORY, Signal.HELD, Signal.TRAFFIC, Signal.LATENCY})
_HELD = frozenset({Resource.CONNECTIONS, Resource.THREADS, Resource.FILE_DESCRIPTORS})
_LASTING = 3  # samples
_CREEP = 0.03  # of a limit; what was nearly used up before is no news
_LOOP = 3  # restarts that are a loop
_NEARLY = 0.1  # of a restart that a rate over few samples may lose
_LITTLE_MORE = 0.22  # natural logarithm: a quarter more than the time that requests take
_STRENGTHS = (
    *(Signal.SELF_TIME, Signal.OWN_ERRORS, Signal.CPU, Signal.MEMORY, Signal.HELD, Signal.USAGE),
    *(Signal.SATURATION, Signal.QUEUE, Signal.CACHE),
)
"""Signals whose strongest shift is a feature of the same name."""


def state_features(
    shifts: Sequence[LevelShift], latency: LevelShift | None, *, stopped: bool
) -> dict[str, float]:
    """The features of one service with these shifts; `stopped`: people stopped it on purpose."""
    shifts = [shift for shift in shifts if not _is_held_by_requests(shift, latency)]
    running = float(not stopped)
    down, unscraped = _reach(shifts)
    return {
        **{str(signal): _highest(shift.strength for shift in _of(shifts, signal)) for signal in _STRENGTHS},
        "full": _highest(float(_is_full(shift)) for shift in _of(shifts, Signal.SATURATION)),
        "restarts": _highest(map(_looping, _of(shifts, Signal.RESTARTS))),
        "down": down * running,
        "unscraped": unscraped * running,
        "traffic_lost": _highest(_lost(shift) for shift in _of(shifts, Signal.TRAFFIC)) * running,
        "unusual": _highest(shift.strangeness for shift in _of(shifts, *_STATES)),
        "gone": is_absent(shifts) * running,
    }


def backend_features(shifts: Sequence[LevelShift], *, is_backend: bool) -> dict[str, float]:
    """What a database, a cache or a queue shows of itself; many have no latency and no errors."""
    state = _highest(shift.strangeness for shift in _of(shifts, *_BACKEND_STATES)) if is_backend else 0.0
    return {"backend": float(is_backend), "backend_state": state}


def is_absent(shifts: Sequence[LevelShift]) -> bool:
    """Whether a service is gone: all its series end (but failures, which may be absent), or it is down.

    One that others still measure, as an exporter of processes, is only not reached by its monitoring. What
    has no more spans or lines need not be gone: it may not have been called.
    """
    series = [
        shift
        for shift in shifts
        if shift.series.signal is not Signal.ERRORS
        and shift.series.size >= CONSTANTS.shortest_reference
        and not shift.series.metric.startswith((SPANS_PREFIX, LOGS_PREFIX))
    ]
    targets = _of(shifts, Signal.UP)
    return (bool(series) and all(shift.ended for shift in series)) or (
        bool(targets) and all(shift.size >= 1 for shift in targets) and not _is_alive(shifts)
    )


def _reach(shifts: Sequence[LevelShift]) -> tuple[bool, bool]:
    """Whether the service is down, and whether only its monitoring does not reach it.

    The metric of a state (`pg_up`) says the former, also by its absence in an exporter's answer; a failed
    scrape says it where nothing else shows the service at work.
    """
    targets = _of(shifts, Signal.UP)
    scrape_fails = any(shift.size >= 1 for shift in targets if shift.series.meaning.metric == _SCRAPE)
    states = [shift for shift in targets if shift.series.meaning.metric != _SCRAPE]
    down = any(shift.size >= 1 or (shift.ended and not scrape_fails) for shift in states)
    alive = _is_alive(shifts)
    return down or (scrape_fails and not alive), scrape_fails and not down and alive


def _is_alive(shifts: Sequence[LevelShift]) -> bool:
    """Whether something still shows the service at work: a series that goes on, and not at zero."""
    return any(
        not shift.ended and shift.series.size and shift.series.values[-1] != 0
        for shift in _of(shifts, *_SIGNS_OF_LIFE)
    )


def _looping(shift: LevelShift) -> float:
    """0..1: a service that restarts again and again is down, one that was restarted once need not be."""
    series = shift.series
    seconds = shift.samples * series.step if series.size > 1 else 0.0
    window = series.meaning.range_seconds or 0.0
    times = seconds if series.meaning.unit.endswith("/s") else max(seconds / window, 1.0) if window else 1.0
    restarts = shift.rise * times
    return float(np.clip(np.floor(restarts + _NEARLY) / _LOOP, 0.0, 1.0))


def _is_held_by_requests(shift: LevelShift, latency: LevelShift | None) -> bool:
    """Whether requests hold more of a resource only because they take longer, and some of it is left."""
    if shift.series.meaning.resource not in _HELD or latency is None or _is_full(shift):
        return False
    return 0 < shift.growth <= latency.growth + _LITTLE_MORE


def _is_full(shift: LevelShift) -> bool:
    """Whether a resource has newly reached its limit: also by a slow rise, if nothing of it is left."""
    before, after = shift.before * base_factor(shift.series), shift.after * base_factor(shift.series)
    return (after >= CONSTANTS.full and shift.clear) or after >= CONSTANTS.used_up >= before + _CREEP


def _lost(shift: LevelShift) -> float:
    """The strength of a fall of traffic; a job that runs at times only falls again and again."""
    return 0.0 if _falls(shift) > 1 else shift.fall


def _falls(shift: LevelShift) -> int:
    """How often the series fell below half of its level after three samples or more above it."""
    above = np.concatenate([[False], shift.series.values >= shift.before / 2, [False]])
    starts, ends = np.flatnonzero(above[1:] & ~above[:-1]), np.flatnonzero(above[:-1] & ~above[1:])
    last = above.size - 2
    return int(np.sum((ends - starts >= _LASTING) & (ends < last)))


def _of(shifts: Sequence[LevelShift], *signals: Signal) -> list[LevelShift]:
    return [shift for shift in shifts if shift.series.signal in signals]


def _highest(values: Iterable[float]) -> float:
    return max(values, default=0.0)
