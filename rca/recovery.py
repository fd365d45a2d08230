"""Whether an action helped: the same series before the incident, during it and after the action."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from missions.diagnosis import Diagnosis
from missions.evidence import Evidence
from missions.verification import Comparison, Recovery, Verification
from rca.anomalies import FULL, anomaly_of, level, threshold
from rca.roles import SeriesRole
from rca.series import Floats, TimeSeries
from rca.telemetry import Telemetry, telemetry_of
from rca.times import epoch_seconds

_MIN_SAMPLES = 8  # after the action
_SETTLING = 1 / 3  # share of the samples after the action in which rates over windows still show the incident
_FREE = 0.75  # share in use up to which a resource that was full has room again
_SIGNIFICANCE = 0.01  # strict, because neighbouring samples are correlated
_BOOTSTRAPS = 200
_INTERVAL = (0.05, 0.95)
_IDLE = 0.1  # share of the normal traffic below which the absence of errors proves nothing
_LEAK_SAMPLES = 5  # latest samples that give the level of growing memory


def compare(
    diagnosis: Diagnosis, before: tuple[Evidence, ...], after: tuple[Evidence, ...], acted_at: datetime
) -> Verification:
    """Recovered only if every cited bad series is near normal again.

    A series is recovered if its level is near normal and its samples are significantly lower than the
    incident's. It is not recovered if even the lower end of its level's confidence interval is above normal.
    All other results are unknown.
    """
    incident = telemetry_of(before)
    latest = telemetry_of(after, incident.identities)  # under the names that the diagnosis has
    cited = _cited(diagnosis) or _risen(incident.series)
    since = _since(incident, latest, acted_at)
    idle = _idle_services(incident.series, latest.series, since)
    seen = tuple(series for series in incident.series if series.id in cited)
    comparisons = tuple(
        _compared(series, _newer(series, latest.series, since), diagnosis, idle=series.service in idle)
        for series in _anomalous(seen)
    )
    return _verification(comparisons, cited - {series.id for series in seen})


def _verification(comparisons: tuple[Comparison, ...], unseen: frozenset[str]) -> Verification:
    if not comparisons:
        return Verification(recovery=Recovery.UNKNOWN, reason="No series that showed the incident was seen.")
    still_bad = [comparison for comparison in comparisons if comparison.recovery is Recovery.NOT_RECOVERED]
    unknown = [comparison for comparison in comparisons if comparison.recovery is Recovery.UNKNOWN]
    if still_bad:
        recovery, reason = Recovery.NOT_RECOVERED, f"Still bad: {_names(still_bad)}."
    elif unknown or unseen:
        names = _names(unknown) or ", ".join(sorted(unseen))
        recovery = Recovery.UNKNOWN
        reason = (
            "Too few samples since the action, no traffic, or no significant difference from the incident: "
            f"{names}."
        )
    else:
        recovery = Recovery.RECOVERED
        reason = f"All {len(comparisons)} series that showed the incident are back to normal."
    return Verification(recovery=recovery, reason=reason, comparisons=comparisons)


def _since(incident: Telemetry, latest: Telemetry, acted_at: datetime) -> float:
    """Epoch seconds after which samples show the action's effect."""
    earlier = {change.id for change in incident.changes}
    changed = max(
        (epoch_seconds(change.at) for change in latest.changes if change.id not in earlier), default=0.0
    )
    return max(incident.end, changed, epoch_seconds(acted_at))


def _cited(diagnosis: Diagnosis) -> frozenset[str]:
    """The ids of the first candidate's series; logs and changes have no levels."""
    return frozenset(
        citation.id
        for candidate in diagnosis.root_cause_candidates[:1]
        for citation in candidate.evidence
        if citation.after is not None
    )


def _anomalous(all_series: tuple[TimeSeries, ...]) -> tuple[TimeSeries, ...]:
    """The series with an anomaly, else all: a few single failures have no end that could be seen."""
    return tuple(series for series in all_series if anomaly_of(series) is not None) or all_series


def _risen(all_series: tuple[TimeSeries, ...]) -> frozenset[str]:
    """The ids of the series with an anomaly, for engines whose citations name no series."""
    return frozenset(series.id for series in all_series if anomaly_of(series) is not None)


def _compared(series: TimeSeries, latest: Floats, diagnosis: Diagnosis, *, idle: bool) -> Comparison:
    from scipy.stats import mannwhitneyu  # takes a second and 60 MB that only a comparison needs

    normal, incident = _windows(series, diagnosis)
    settled = latest[int(latest.size * _SETTLING) :]
    usual, bad, now = (level(values, series.role) for values in (normal, incident, settled))
    comparison = Comparison(
        id=series.id,
        service=series.service,
        metric=series.name,
        unit=series.unit,
        normal=_finite(series.sign * usual),
        incident=_finite(series.sign * bad),
        after=_finite(series.sign * now),
        recovery=Recovery.UNKNOWN,
        samples=int(settled.size),
    )
    if not normal.size or not incident.size or settled.size < _MIN_SAMPLES:
        return comparison
    limit = _limit(series, normal, usual, bad)
    low, high = _interval(settled, series.role)
    p_value = float(mannwhitneyu(settled, incident, alternative="less").pvalue)
    if low > limit:
        recovery = Recovery.NOT_RECOVERED
    elif not idle and now <= limit and p_value <= _SIGNIFICANCE:
        recovery = Recovery.RECOVERED
    else:
        recovery = Recovery.UNKNOWN
    # In the panel's own sign: where lower is worse, the limit is a minimum and the interval is reversed.
    low, high = sorted((series.sign * low, series.sign * high))
    return comparison.model_copy(
        update={
            "limit": series.sign * limit,
            "low": low,
            "high": high,
            "chance": p_value,
            "recovery": recovery,
        }
    )


def _limit(series: TimeSeries, normal: Floats, usual: float, bad: float) -> float:
    """The highest level that counts as normal: less than a rise, and at most a quarter of the way up.

    A resource that was full and is so no more has room for all requests; fewer than before are not needed.
    """
    near = usual + min(threshold(series, normal), 0.25 * max(bad - usual, 0.0))
    capacity = series.capacity
    return near if capacity is None or bad < FULL * capacity else max(near, _FREE * capacity)


def _interval(values: Floats, role: SeriesRole) -> tuple[float, float]:
    """The level's 90 % confidence interval by bootstrap, with a fixed seed."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(values, size=(_BOOTSTRAPS, values.size))
    low, high = np.quantile([level(row, role) for row in drawn], _INTERVAL)
    return float(low), float(high)


def _windows(series: TimeSeries, diagnosis: Diagnosis) -> tuple[Floats, Floats]:
    """The samples before and since the series' own onset, or the diagnosis' where it has none."""
    anomaly = anomaly_of(series)
    if anomaly is not None:
        onset = anomaly.onset
    elif diagnosis.onset is not None:
        onset = epoch_seconds(diagnosis.onset)
    else:
        return np.array([]), series.oriented
    incident = series.oriented[series.times >= onset]
    if series.role is SeriesRole.MEMORY:  # it grows: its highest level is the incident
        incident = incident[-_LEAK_SAMPLES:]
    return series.oriented[series.times < onset], incident


def _newer(series: TimeSeries, candidates: tuple[TimeSeries, ...], since: float) -> Floats:
    """The same series' values after a time; the series is found by id, else by what it measures."""
    same = [other for other in candidates if other.id == series.id] or [
        other
        for other in candidates
        if (other.service, other.metric, other.labels) == (series.service, series.metric, series.labels)
    ]
    newest = max(same, key=lambda other: float(other.times[-1]) if other.size else -np.inf, default=None)
    return np.array([]) if newest is None else newest.oriented[newest.times > since]


def _idle_services(
    incident: tuple[TimeSeries, ...], latest: tuple[TimeSeries, ...], since: float
) -> frozenset[str]:
    """Services without their usual traffic: they have no errors because they have no requests."""
    idle = set()
    for series in incident:
        if series.role is SeriesRole.TRAFFIC and series.size:
            newer = _newer(series, latest, since)
            if not newer.size or np.median(newer) < _IDLE * np.median(series.oriented):
                idle.add(series.service)
    return frozenset(idle)


def _names(comparisons: Iterable[Comparison]) -> str:
    return ", ".join(f"{comparison.metric} of {comparison.service}" for comparison in comparisons)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
