"""Shifts put together by service: how slow, how failing, how strained each one is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from rca.focus import Focus
from rca.line_counts import LOGS
from rca.pattern import Symptoms
from rca.reference import Shift
from rca.roles import SeriesRole

_OTHER_KIND = 0.5  # weight of errors where latency was complained about, and the other way round
SPANS = "spans_"
_MEANS = ("average", "mean", "avg")
_LOUD = 20.0  # spreads beyond which a statistic says no more
_ONE_FAILURE = 3.0  # spreads that one failed request may count for: a single one is no incident
_HELD = ("pool", "conn", "socket", "thread", "queue", "flight", "pending", "active")
_PER_GROWTH = 20.0  # spreads that a latency which doubled may count for: a steady one may wander by a tenth
_PLAIN = 4.0  # spreads from which a resource is strained
_MORE = 0.2  # least growth of a resource that is strained, unless next to nothing is left
_FULL = 0.8


def kinds(shifts: Sequence[Shift], focus: Focus | None) -> tuple[Symptoms, Symptoms]:
    """Latency and errors of all services; what was complained about weighs more."""
    wanted = focus.role if focus else None
    traffic = {
        one.track.service: max(one.after, 0.0) for one in shifts if one.track.role is SeriesRole.TRAFFIC
    }
    made = []
    for role in (SeriesRole.LATENCY, SeriesRole.ERRORS):
        weight = 1.0 if wanted in {None, role} else _OTHER_KIND
        complained = focus.service if focus and wanted in {None, role} else ""
        own = [one for one in shifts if one.track.role is role]
        # Traces fill in where a service has no metric of its own, and logs where there are no traces.
        for prefixes in ((SPANS, LOGS), (LOGS,)):
            metered = {one.track.service for one in own if not one.track.metric.startswith(prefixes)}
            own = [
                one
                for one in own
                if one.track.service not in metered or not one.track.metric.startswith(prefixes)
            ]
        made.append(_symptoms(own, traffic, weight, complained))
    return made[0], made[1]


def representative(shifts: Sequence[Shift]) -> dict[str, Shift]:
    """One shift by service: the same statistic of all, as far as they have it.

    The mean where most services have one, else the one that is furthest above normal in sum: a middle one's
    rise and a high percentile's are not comparable. Of a service without it, what says most.
    """
    counted = Counter(_name(one) for one in shifts)
    common = sorted(name for name, times in counted.items() if times >= 0.8 * max(counted.values()))
    mean = [name for name in common if any(word in name for word in _MEANS)]
    told = dict.fromkeys(common, 0.0)
    for one in shifts:
        if _name(one) in told:
            told[_name(one)] += min(max(one.z, 0.0), _LOUD)
    statistic = max(mean[:1] or common, key=lambda name: told[name], default="")
    chosen: dict[str, Shift] = {}
    for one in shifts:
        known = chosen.get(one.track.service)
        same, others = _name(one) == statistic, known is not None and _name(known) == statistic
        if known is None or (same and not others) or (same == others and one.z > known.z):
            chosen[one.track.service] = one
    return chosen


def strained(shifts: Iterable[Shift]) -> dict[str, Shift]:
    """The resource that is furthest above normal, by service; what is full comes first.

    Traffic that explains it is already out.
    """
    worst: dict[str, Shift] = {}
    for one in shifts:
        if (
            one.track.role in {SeriesRole.SATURATION, SeriesRole.MEMORY, SeriesRole.OUTSIDE}
            and one.z > _PLAIN
            and _much(one)
        ):
            known = worst.get(one.track.service)
            if known is None or (_full(one), one.z) > (_full(known), known.z):
                worst[one.track.service] = one
    return worst


def _much(one: Shift) -> bool:
    return one.growth >= _MORE or _full(one)


def _full(one: Shift) -> bool:
    return one.after >= _FULL * (one.track.whole or np.inf)


def holds(one: Shift) -> bool:
    """Whether it counts what requests hold while they last, and of which there is more."""
    name = one.track.metric.lower()
    return any(word in name for word in _HELD) and not _full(one)


def own_part(shifts: Iterable[Shift]) -> dict[str, Shift]:
    """The service's own part of its requests that is furthest above normal, from traces, by service."""
    worst: dict[str, Shift] = {}
    for one in shifts:
        if one.track.role is SeriesRole.OWN and one.z > _PLAIN:
            known = worst.get(one.track.service)
            if known is None or one.z > known.z:
                worst[one.track.service] = one
    return worst


def _symptoms(
    shifts: Sequence[Shift], traffic: Mapping[str, float], weight: float, complained: str
) -> Symptoms:
    z: dict[str, float] = {}
    excess: dict[str, float] = {}
    relative: dict[str, float] = {}
    everywhere = bool(traffic)
    counts = {one.track.metric for one in shifts if one.track.role is SeriesRole.ERRORS and _is_count(one)}
    for service, one in representative(shifts).items():
        rise = one.rise / _one(one)
        z[service] = (
            one.z if one.track.role is not SeriesRole.LATENCY else min(one.z, _PER_GROWTH * one.growth)
        )
        relative[service] = one.growth if one.track.role is SeriesRole.LATENCY else rise
        if service in traffic or not everywhere:
            often = traffic.get(service, 1.0)
            counted = one.track.metric in counts
            excess[service] = rise if counted else rise * often
            if one.track.role is SeriesRole.ERRORS and everywhere:
                z[service] = min(one.z, _ONE_FAILURE * excess[service] * _samples(one))
    # Growth from nothing is infinite: as much as the largest that is not.
    largest = max((one for one in relative.values() if np.isfinite(one)), default=1.0)
    relative = {name: one if np.isfinite(one) else max(largest, 1.0) for name, one in relative.items()}
    return Symptoms(weight, z, excess, relative, complained)


def _samples(one: Shift) -> float:
    """How many samples of now stand behind a mean; a few of them are one."""
    return max(1.0, one.samples / 8)


def _one(one: Shift) -> float:
    """A second or a whole share in the track's unit; percentages are told by their size."""
    if one.track.role is SeriesRole.ERRORS and one.track.sign < 0:
        return 100.0 if max(abs(one.before), abs(one.after)) > 1.5 else 1.0  # noqa: PLR2004  a share of successes
    return one.track.floor.one


def _is_count(one: Shift) -> bool:
    """Whether errors are counted instead of being a share of the requests: some service has more than one."""
    return one.track.sign > 0 and one.track.floor.one == 1.0 and float(one.track.values.max()) > 1.0


def _name(one: Shift) -> str:
    labels = " ".join(value for _, value in one.track.labels)
    return f"{one.track.metric} {labels}".lower().strip()
