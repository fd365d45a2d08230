"""Why a system is not called healthy: what was not seen, and what is unusual without an incident."""

import math

import numpy as np

from missions.plain import plain
from rca.alerts import AlertSeverity
from rca.analysis import Analysis
from rca.changes import ChangeKind, kind_of
from rca.constants import CONSTANTS
from rca.error_counts import LOGS_PREFIX
from rca.shifts import LevelShift
from rca.signals import SYMPTOMS, Signal
from rca.times import epoch_seconds, utc
from rca.units import base_factor

_HARMLESS = frozenset({ChangeKind.STOP, ChangeKind.OTHER})
"""Kinds of changes after which a service's own series need not be seen for long."""


def bad_throughout(analysis: Analysis) -> bool:
    """Whether services fail or are slow from the window's start."""
    failing = any(_fails_throughout(shift) for shift in analysis.evidence.errors.values())
    slow = any(_is_slow_throughout(shift) for shift in analysis.evidence.latency.values())
    return failing or slow


def monitoring_gap(analysis: Analysis) -> bool:
    """Whether nearly everything ends at once before the recording's end, or before the given window's."""
    sampled = [shift for shift in analysis.shifts if shift.series.size]
    if not sampled:
        return False
    ended = sum(shift.ended for shift in sampled)
    return ended >= 0.8 * len(sampled)


def lost_services(analysis: Analysis) -> list[str]:
    """The services that are gone or down, or get no traffic any more."""
    return [
        name
        for name, row in analysis.features.items()
        if row["gone"] or row["down"] or row["traffic_lost"] >= 1
    ]


def doubts_about_health(analysis: Analysis) -> tuple[str, ...]:
    """Why a system without a clear incident may not be called healthy."""
    doubts = []
    compared = {
        shift.series.service
        for shift in analysis.shifts
        if _shows_health(shift) and math.isfinite(shift.before) and shift.samples
    }
    most = max((shift.series.size for shift in analysis.shifts if _shows_health(shift)), default=0)
    if compared and most < CONSTANTS.healthy_samples:
        doubts.append(f"too few samples were seen ({most})")
    if not compared:
        doubts.append("no latency or errors with a normal time to compare with were seen")
    elif analysis.reported is not None and analysis.reported.service not in compared:
        doubts.append(f"latency and errors of {plain(analysis.reported.service)} were not seen")
    doubts += [
        f"the time before the incident was not seen: {plain(name)} fails in much of the window"
        for name, shift in analysis.evidence.errors.items()
        if _fails_throughout(shift)
    ]
    doubts += [
        f"{plain(name)} takes long in the whole window, and the time before was not seen"
        for name, shift in analysis.evidence.latency.items()
        if _is_slow_throughout(shift)
    ]
    if analysis.telemetry.started is not None:
        doubts.append(f"no service had requests before {utc(analysis.telemetry.started):%H:%M:%S}Z")
    doubts += _after_changes(analysis)
    doubts += [
        f"the alert {plain(alert.name)}{f' of {plain(alert.service)}' if alert.service else ''} fires"
        for alert in analysis.alerts
        if alert.severity is AlertSeverity.ERROR
    ]
    doubts += [
        f"{plain(spike.template.service)} logs new errors"
        for spike in analysis.spikes
        if spike.template.is_error and not spike.before and len(spike.template.times) >= CONSTANTS.new_errors
    ]
    doubts += [f"{plain(name)} has lost its traffic, or its series end" for name in lost_services(analysis)]
    doubts += [
        f"the monitoring does not reach {plain(name)} any more"
        for name, row in analysis.features.items()
        if row["unscraped"]
    ]
    doubts += [
        f"{plain(shift.series.metric)} of {plain(shift.series.service)} changed, and its meaning is not known"
        for shift in analysis.shifts
        if shift.series.signal is Signal.UNKNOWN and shift.clear
    ]
    doubts += [
        f"{plain(shift.series.metric)} of {plain(shift.series.service)} is far above normal"
        for shift in analysis.shifts
        if _is_far_above(shift)
    ]
    return tuple(dict.fromkeys(doubts))[:5]


def _shows_health(shift: LevelShift) -> bool:
    """Whether a good value says that the service is well: few logged errors do not."""
    return shift.series.signal in SYMPTOMS and not shift.series.metric.startswith(LOGS_PREFIX)


def _after_changes(analysis: Analysis) -> list[str]:
    """Changes whose effect is not known yet, or that made a service worse by less than an incident."""
    doubts = []
    for change in analysis.telemetry.changes:
        at, name = epoch_seconds(change.at), plain(change.service)
        shown = [shift for shift in analysis.of_service(change.service, *SYMPTOMS) if _shows_health(shift)]
        if kind_of(change) in _HARMLESS or not shown or at < analysis.recording.start:
            continue
        if max(int((shift.series.times >= at).sum()) for shift in shown) < CONSTANTS.healthy_samples:
            doubts.append(f"too few samples were seen since {name} was changed")
        elif any(_is_worse_since(shift, at) for shift in shown):
            doubts.append(f"{name} has been a little worse since it was changed")
    return doubts


def _is_worse_since(shift: LevelShift, at: float) -> bool:
    """Whether the mean of the samples since then is worse by a tenth, and by two standard errors."""
    later = shift.series.times >= at
    before, after = shift.series.values[~later], shift.series.values[later]
    if min(before.size, after.size) < CONSTANTS.shortest_reference:
        return False
    rise = shift.series.sign * float(after.mean() - before.mean())
    error = math.sqrt(float(before.var(ddof=1)) / before.size + float(after.var(ddof=1)) / after.size)
    return rise > 0.1 * abs(float(before.mean())) and rise > 2 * error


def _is_far_above(shift: LevelShift) -> bool:
    """Whether a resource is worth mentioning although no symptom follows from it."""
    if not shift.clear or shift.z < CONSTANTS.far:
        return False
    limited = shift.series.signal in {Signal.SATURATION, Signal.QUEUE}
    return (limited and shift.size >= CONSTANTS.far_size) or (
        shift.series.signal in {Signal.MEMORY, Signal.CPU, Signal.USAGE} and shift.growth >= math.log(2)
    )


def _is_slow_throughout(shift: LevelShift) -> bool:
    """Whether the service takes long, and no recorded normal operation says that it always does."""
    return not shift.series.baseline.size and shift.before * base_factor(shift.series) >= CONSTANTS.slow_s


def _fails_throughout(shift: LevelShift) -> bool:
    """Whether failures fill so much of the window that it shows no normal operation."""
    if not shift.series.is_share or not math.isfinite(shift.before):
        return False
    levels = shift.series.values * base_factor(shift.series)
    failing = 1 - levels if shift.series.sign < 0 else levels
    return float(np.mean(failing >= 2 * CONSTANTS.error_share)) >= CONSTANTS.failing_share
