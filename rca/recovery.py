"""Whether the action helped: the same series before the incident, during it and after the action."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from missions.diagnosis import Diagnosis
from missions.evidence import Evidence
from missions.verification import Comparison, Recovery, Verification
from rca.roles import SeriesRole
from rca.scores import FULL, anomaly_of, level, threshold
from rca.tables import Floats, Track, seconds, tabulate

_ENOUGH = 8  # samples after the action
_SETTLING = 1 / 3  # share of the samples after the action in which rates over windows still show the incident
_ROOM = 0.75  # share in use up to which something that was full has room again
_CHANCE = (
    0.01  # that what is as low as this came from the incident; samples of neighbours are alike, so be strict
)
_DRAWS = 200
_IDLE = 0.1  # share of the normal traffic below which silence proves nothing


def compare(
    diagnosis: Diagnosis, before: tuple[Evidence, ...], after: tuple[Evidence, ...], acted_at: datetime
) -> Verification:
    """Recovered only if every cited bad series is near normal again; unknown never passes.

    Near normal, and too low for the incident's own samples; not recovered where even the lower end of the
    level's interval is above what is normal; everything between is unknown.
    """
    then, now = tabulate(before), tabulate(after)
    cited = _cited(diagnosis) or _unusual(then.tracks)
    acted = max(
        (seconds(one.at) for one in now.changes if one.id not in {c.id for c in then.changes}), default=0.0
    )
    since = max(then.end, acted, seconds(acted_at))
    idle = _idle_services(then.tracks, now.tracks, since)
    shown = tuple(track for track in then.tracks if track.id in cited)
    comparisons = tuple(
        _compared(track, _newer(track, now.tracks, since), diagnosis, idle=track.service in idle)
        for track in _risen(shown)
    )
    recoveries = [one.recovery for one in comparisons]
    unseen = cited - {one.id for one in shown}
    if not comparisons:
        return Verification(recovery=Recovery.UNKNOWN, reason="No series that showed the incident was seen.")
    if Recovery.NOT_RECOVERED in recoveries:
        worse = _names(one for one in comparisons if one.recovery is Recovery.NOT_RECOVERED)
        return Verification(
            recovery=Recovery.NOT_RECOVERED, reason=f"Still bad: {worse}.", comparisons=comparisons
        )
    if Recovery.UNKNOWN in recoveries or unseen:
        open_ = _names(one for one in comparisons if one.recovery is Recovery.UNKNOWN) or ", ".join(
            sorted(unseen)
        )
        reason = (
            f"Too few samples since the action, no traffic, or not to be told from the incident: {open_}."
        )
        return Verification(recovery=Recovery.UNKNOWN, reason=reason, comparisons=comparisons)
    reason = f"All {len(comparisons)} series that showed the incident are back to normal."
    return Verification(recovery=Recovery.RECOVERED, reason=reason, comparisons=comparisons)


def _cited(diagnosis: Diagnosis) -> frozenset[str]:
    """The ids of the series of the first candidate; logs and changes have no levels."""
    first = diagnosis.root_cause_candidates[:1]
    return frozenset(one.id for claim in first for one in claim.evidence if one.after is not None)


def _risen(shown: tuple[Track, ...]) -> tuple[Track, ...]:
    """Those that rose by what a person would call a change, else all: a few single failures cannot end."""
    return tuple(track for track in shown if anomaly_of(track) is not None) or shown


def _unusual(tracks: tuple[Track, ...]) -> frozenset[str]:
    """For engines that cite in words: the series that rose."""
    return frozenset(track.id for track in tracks if anomaly_of(track) is not None)


def _compared(track: Track, newest: Floats, diagnosis: Diagnosis, *, idle: bool) -> Comparison:
    from scipy.stats import mannwhitneyu  # a second and 60 MB that only a comparison needs

    normal, incident = _levels(track, diagnosis)
    settled = newest[int(newest.size * _SETTLING) :]
    usual, bad, now = (level(values, track.role) for values in (normal, incident, settled))
    told = Comparison(
        id=track.id,
        service=track.service,
        metric=track.metric,
        unit=track.unit,
        normal=_finite(track.sign * usual),
        incident=_finite(track.sign * bad),
        after=_finite(track.sign * now),
        recovery=Recovery.UNKNOWN,
        samples=int(settled.size),
    )
    if not normal.size or not incident.size or settled.size < _ENOUGH:
        return told
    limit = _limit(track, normal, usual, bad)
    low, high = _interval(settled, track.role)
    chance = float(mannwhitneyu(settled, incident, alternative="less").pvalue)
    # Told as the panel shows it: where less is worse, the limit is the least and the interval is turned.
    least, most = sorted((track.sign * low, track.sign * high))
    found = {"limit": track.sign * limit, "low": least, "high": most, "chance": chance}
    well, ill = now <= limit and chance <= _CHANCE, low > limit
    recovery = Recovery.NOT_RECOVERED if ill else Recovery.UNKNOWN if idle or not well else Recovery.RECOVERED
    return told.model_copy(update=found | {"recovery": recovery})


def _limit(track: Track, normal: Floats, usual: float, bad: float) -> float:
    """The highest level that counts as normal: less than a rise, and at most a quarter of the way up.

    A share that left the top has room for everybody: fewer users than before are not asked for.
    """
    near = usual + min(threshold(track, normal), 0.25 * max(bad - usual, 0.0))
    whole = track.whole
    return near if whole is None or bad < FULL * whole else max(near, _ROOM * whole)


def _interval(values: Floats, role: SeriesRole) -> tuple[float, float]:
    """The level's 90 % interval by bootstrap; the same samples always give the same one."""
    dice = np.random.default_rng(0)
    drawn = dice.choice(values, size=(_DRAWS, values.size))
    low, high = np.quantile([level(row, role) for row in drawn], (0.05, 0.95))
    return float(low), float(high)


def _levels(track: Track, diagnosis: Diagnosis) -> tuple[Floats, Floats]:
    """The samples before and since the track's own onset; since the diagnosis' where it has none."""
    found = anomaly_of(track)
    if found is not None:
        onset = found.onset
    elif diagnosis.onset is not None:
        onset = seconds(diagnosis.onset)
    else:
        return np.array([]), track.bad
    incident = track.bad[track.times >= onset]
    if track.role is SeriesRole.MEMORY:  # it grew: its height is the incident
        incident = incident[-5:]
    return track.bad[track.times < onset], incident


def _newer(track: Track, tracks: tuple[Track, ...], since: float) -> Floats:
    """The same series' values after a time: by id, else by what it measures."""
    same = [one for one in tracks if one.id == track.id] or [
        one
        for one in tracks
        if (one.service, one.metric, one.labels) == (track.service, track.metric, track.labels)
    ]
    newest = max(same, key=lambda one: float(one.times[-1]) if one.size else -np.inf, default=None)
    return np.array([]) if newest is None else newest.bad[newest.times > since]


def _idle_services(then: tuple[Track, ...], now: tuple[Track, ...], since: float) -> frozenset[str]:
    """Services whose traffic is seen and is gone: no errors without requests."""
    idle = set()
    for track in then:
        if track.role is SeriesRole.TRAFFIC and track.size:
            newest = _newer(track, now, since)
            if not newest.size or np.median(newest) < _IDLE * np.median(track.bad):
                idle.add(track.service)
    return frozenset(idle)


def _names(comparisons: Iterable[Comparison]) -> str:
    return ", ".join(f"{one.metric} of {one.service}" for one in comparisons)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
