"""Deviations combined by service: how slow and how failing each one is, and which resources are saturated."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rca.deviations import Deviation
from rca.error_counts import LOGS_PREFIX
from rca.reported_symptom import ReportedSymptom
from rca.roles import SeriesRole
from rca.spans import SPANS_PREFIX

_UNREPORTED = 0.5  # weight of errors where latency was reported, and the other way round
_MEANS = ("average", "mean", "avg")
_MAX_STATISTIC_Z = 20.0  # a z-score counts up to here when statistics are compared
_Z_PER_FAILURE = 3.0  # z-score that one failed request may reach: a single one is no incident
_HELD = ("pool", "conn", "socket", "thread", "queue", "flight", "pending", "active")
_Z_PER_GROWTH = 20.0  # z-score that a doubled latency may reach: a steady one may vary by a tenth
_MIN_Z = 4.0  # from which a resource is saturated
_MIN_GROWTH = 0.2  # of a saturated resource, unless it is nearly full
_FULL = 0.8  # share of the capacity
_COMMON = 0.8  # share of the most frequent statistic's services that a common one has
_MAX_RATIO = 1.5  # a share of successes above it is a percentage


@dataclass(frozen=True)
class SymptomScores:
    """One kind of symptom by service.

    `z` are z-scores, `excess` are rises times requests, `relative` are rises over the level before.
    `reported` is the service for which this symptom was reported, or "". `weight` is the symptom's share in
    the scores of origins.
    """

    weight: float
    z: Mapping[str, float]
    excess: Mapping[str, float]
    relative: Mapping[str, float]
    reported: str = ""


def symptom_scores(
    deviations: Sequence[Deviation], reported: ReportedSymptom | None
) -> tuple[SymptomScores, SymptomScores]:
    """Latency and errors of all services; the reported symptom weighs more."""
    reported_role = reported.role if reported else None
    traffic = {
        deviation.series.service: max(deviation.after, 0.0)
        for deviation in deviations
        if deviation.series.role is SeriesRole.TRAFFIC
    }
    scores = []
    for role in (SeriesRole.LATENCY, SeriesRole.ERRORS):
        weight = 1.0 if reported_role in {None, role} else _UNREPORTED
        service = reported.service if reported and reported_role in {None, role} else ""
        of_role = [deviation for deviation in deviations if deviation.series.role is role]
        # Traces stand in for a service's missing metrics, and logs where traces are missing, too.
        for prefixes in ((SPANS_PREFIX, LOGS_PREFIX), (LOGS_PREFIX,)):
            of_role = _without_substitutes(of_role, prefixes)
        scores.append(_scores(of_role, traffic, weight, service))
    return scores[0], scores[1]


def _without_substitutes(deviations: list[Deviation], prefixes: tuple[str, ...]) -> list[Deviation]:
    measured = {
        deviation.series.service
        for deviation in deviations
        if not deviation.series.metric.startswith(prefixes)
    }
    return [
        deviation
        for deviation in deviations
        if deviation.series.service not in measured or not deviation.series.metric.startswith(prefixes)
    ]


def representative_deviations(deviations: Sequence[Deviation]) -> dict[str, Deviation]:
    """One deviation for each service, of the same statistic for all services that have it.

    This is the mean if most services have one, else the statistic with the highest sum of z-scores: the rise
    of a median and that of a high percentile are not comparable. For other services, it is the deviation
    with the highest z-score.
    """
    counts = Counter(_statistic(deviation) for deviation in deviations)
    common = sorted(name for name, count in counts.items() if count >= _COMMON * max(counts.values()))
    means = [name for name in common if any(word in name for word in _MEANS)]
    totals = dict.fromkeys(common, 0.0)
    for deviation in deviations:
        name = _statistic(deviation)
        if name in totals:
            totals[name] += min(max(deviation.z, 0.0), _MAX_STATISTIC_Z)
    statistic = max(means[:1] or common, key=lambda name: totals[name], default="")
    chosen: dict[str, Deviation] = {}
    for deviation in deviations:
        current = chosen.get(deviation.series.service)
        matches = _statistic(deviation) == statistic
        current_matches = current is not None and _statistic(current) == statistic
        if (
            current is None
            or (matches and not current_matches)
            or (matches == current_matches and deviation.z > current.z)
        ):
            chosen[deviation.series.service] = deviation
    return chosen


def saturated_resources(deviations: Iterable[Deviation]) -> dict[str, Deviation]:
    """The resource furthest above its baseline, by service; a full one comes first.

    What the traffic explains is already removed.
    """
    worst: dict[str, Deviation] = {}
    for deviation in deviations:
        if (
            deviation.series.role in {SeriesRole.SATURATION, SeriesRole.MEMORY, SeriesRole.EXTERNAL}
            and deviation.z > _MIN_Z
            and (deviation.growth >= _MIN_GROWTH or _is_full(deviation))
        ):
            current = worst.get(deviation.series.service)
            if current is None or (_is_full(deviation), deviation.z) > (_is_full(current), current.z):
                worst[deviation.series.service] = deviation
    return worst


def is_held_by_requests(deviation: Deviation) -> bool:
    """Whether requests hold this resource while they last (connections, threads), and some is left."""
    name = deviation.series.metric.lower()
    return any(word in name for word in _HELD) and not _is_full(deviation)


def self_deviations(deviations: Iterable[Deviation]) -> dict[str, Deviation]:
    """The self-time or own errors furthest above the baseline, from traces, by service."""
    worst: dict[str, Deviation] = {}
    for deviation in deviations:
        if deviation.series.role is SeriesRole.SELF and deviation.z > _MIN_Z:
            current = worst.get(deviation.series.service)
            if current is None or deviation.z > current.z:
                worst[deviation.series.service] = deviation
    return worst


def _is_full(deviation: Deviation) -> bool:
    return deviation.after >= _FULL * (deviation.series.capacity or np.inf)


def _scores(
    deviations: Sequence[Deviation], traffic: Mapping[str, float], weight: float, reported: str
) -> SymptomScores:
    z: dict[str, float] = {}
    excess: dict[str, float] = {}
    relative: dict[str, float] = {}
    counts = {
        deviation.series.metric
        for deviation in deviations
        if deviation.series.role is SeriesRole.ERRORS and _is_count(deviation)
    }
    for service, deviation in representative_deviations(deviations).items():
        rise = deviation.rise / _unit_scale(deviation)
        is_latency = deviation.series.role is SeriesRole.LATENCY
        z[service] = min(deviation.z, _Z_PER_GROWTH * deviation.growth) if is_latency else deviation.z
        relative[service] = deviation.growth if is_latency else rise
        if service in traffic or not traffic:
            requests = traffic.get(service, 1.0)
            excess[service] = rise if deviation.series.metric in counts else rise * requests
            if deviation.series.role is SeriesRole.ERRORS and traffic:
                failures = excess[service] * max(1.0, deviation.samples / 8)
                z[service] = min(deviation.z, _Z_PER_FAILURE * failures)
    # Growth from zero is infinite: it counts as the largest finite growth.
    largest = max((growth for growth in relative.values() if np.isfinite(growth)), default=1.0)
    relative = {
        name: growth if np.isfinite(growth) else max(largest, 1.0) for name, growth in relative.items()
    }
    return SymptomScores(weight, z, excess, relative, reported)


def _unit_scale(deviation: Deviation) -> float:
    """A second, or a share of 1, in the series' unit; percentages are recognised by their size."""
    if deviation.series.role is SeriesRole.ERRORS and deviation.series.sign < 0:
        return 100.0 if max(abs(deviation.before), abs(deviation.after)) > _MAX_RATIO else 1.0
    return deviation.series.minimum_rise.unit_scale


def _is_count(deviation: Deviation) -> bool:
    """Whether errors are counted instead of being a share of requests: a value exceeds 1."""
    series = deviation.series
    return series.sign > 0 and series.minimum_rise.unit_scale == 1.0 and float(series.values.max()) > 1.0


def _statistic(deviation: Deviation) -> str:
    labels = " ".join(value for _, value in deviation.series.labels)
    return f"{deviation.series.metric} {labels}".lower().strip()
