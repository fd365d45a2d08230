"""What the series of an incident measure, by service and role, over whatever instances exist."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from missions.measurement import MeasuredRole
from rca.series import Floats, TimeSeries
from rca.spans import SPANS_PREFIX
from rca.telemetry import Telemetry
from semantics.meaning import MetricType, OwnerLevel, SeriesMeaning

_INSTANCE_LEVELS = {OwnerLevel.POD, OwnerLevel.CONTAINER, OwnerLevel.INSTANCE, OwnerLevel.HOST}
_REPLACED_LABELS = re.compile(
    r"(^|_)(pod|instance|container|host|hostname|node|replica|replicaset|worker|pid)(_name|_id|_hash|_ip)?$"
    r"|(^|_)(uid|ip|version|revision|release|image|image_tag|image_id|pod_template_hash)$"
)
"""Labels whose values are others after a restart, a scaling or a rollback."""
_STATUS_LABELS = re.compile(
    r"(^|_)(code|status|status_code|status_class|response_code|error|error_type|exception|reason)$"
)
_MATCHER = re.compile(r'([A-Za-z_][\w.]*)\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"\s*,?\s*')
_POD_SUFFIX = re.compile(r"(-[0-9a-f]{6,10})?-(?:[a-z0-9]{5}|\d{1,4})$")
_ADDED_UP = {MeasuredRole.TRAFFIC, MeasuredRole.ERRORS, MeasuredRole.QUEUE, MeasuredRole.RESTARTS}
_RATE_STEPS = 4
"""Steps that `$__rate_interval` covers at least: the range where a dashboard's variable decides it."""
_RANGED = re.compile(r"\[[^\]]*\$")


@dataclass(frozen=True)
class MeasurementKey:
    """What identifies a measurement across visits: no instance, pod or version is part of it."""

    service: str
    role: MeasuredRole
    unit: str
    statistic: str
    expression: str
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Measurement:
    """One measurement of one service, aggregated over the instances that existed at each time.

    `times` (epoch seconds, rising) and `values` have shape (n,); `sign` is -1 where lower values are worse.
    One value covers the `range_seconds` before its time (0 for a gauge); `step` is the measured distance of
    two samples, seconds. `is_running_mean`: the system averages over a window that the page does not say.
    `ids` are those of the series. `source_end` is the newest sample of their dashboard, epoch seconds.
    """

    key: MeasurementKey
    ids: frozenset[str]
    metric: str
    unit: str
    is_running_mean: bool
    sign: int
    range_seconds: float
    step: float
    times: Floats
    values: Floats
    source_end: float | None = None

    @property
    def service(self) -> str:
        """The service that it is about."""
        return self.key.service

    @property
    def role(self) -> MeasuredRole:
        """What it measures."""
        return self.key.role

    @property
    def oriented(self) -> Floats:
        """The values with the sign that makes higher values worse."""
        return self.sign * self.values

    def without_samples(self) -> "Measurement":
        """The same measurement before anything was measured."""
        return replace(self, times=np.array([]), values=np.array([]))


def measurements_of(telemetry: Telemetry) -> tuple[Measurement, ...]:
    """The measurements that the series of all pages give together, in the order of the series.

    Traces give no measurements: a page shows a few of them, and later ones are other requests.
    """
    groups: dict[MeasurementKey, dict[object, TimeSeries]] = defaultdict(dict)
    for series in telemetry.series:
        if series.metric.startswith(SPANS_PREFIX) or not series.size:
            continue
        if series.meaning.cumulative and series.size == 1:
            continue  # one sample of a running total is no rate
        members = groups[_key(series)]
        name = (series.metric, series.labels)
        if name not in members or members[name].size < series.size:  # two panels may show the same series
            members[name] = series
    return tuple(_measurement(key, list(members.values())) for key, members in groups.items())


def counterparts(measurement: Measurement, others: Sequence[Measurement]) -> Measurement | None:
    """The same measurement in another visit: by what it measures, by metric and service, last by ids."""
    for same in (_same_key, _same_metric, _same_ids):
        matching = [other for other in others if same(measurement, other)]
        if matching:
            return max(matching, key=lambda other: float(other.times[-1]))
    return None


def workload(name: str) -> str:
    """The workload of a pod's name: payments of payments-7d9f8c6b5-x2x4z or of payments-0."""
    stem = _POD_SUFFIX.sub("", name)
    suffix = name[len(stem) :]
    return stem if stem and any(character.isdigit() for character in suffix) else name


def _same_key(first: Measurement, other: Measurement) -> bool:
    return first.key == other.key


def _same_metric(first: Measurement, other: Measurement) -> bool:
    key, wanted = first.key, other.key
    return first.metric == other.metric and (key.service, key.role, key.unit, key.statistic) == (
        wanted.service,
        wanted.role,
        wanted.unit,
        wanted.statistic,
    )


def _same_ids(first: Measurement, other: Measurement) -> bool:
    return bool(first.ids & other.ids)


def _key(series: TimeSeries) -> MeasurementKey:
    meaning, shares = series.meaning, _is_share(series)
    dropped = {owner.label for owner in meaning.owners if owner.level in _INSTANCE_LEVELS}
    failing = meaning.role in {MeasuredRole.ERRORS, MeasuredRole.TRAFFIC}
    labels = tuple(
        (name, value)
        for name, value in series.labels
        if name not in dropped
        and not _REPLACED_LABELS.search(_plain(name))
        and not (failing and _STATUS_LABELS.search(_plain(name)))
    )
    service = _service(series)
    kept = tuple((name, service if value == series.service else value) for name, value in labels)
    return MeasurementKey(
        service=service,
        role=MeasuredRole.SATURATION if shares else meaning.role,
        unit="ratio" if shares else meaning.unit or series.unit,
        statistic=meaning.statistic,
        expression=_expression(series.metric, dropped),
        labels=kept,
    )


def _is_share(series: TimeSeries) -> bool:
    """Whether an amount was divided by its capacity, which is another series."""
    return series.unit == "ratio" and series.meaning.role in {MeasuredRole.USAGE, MeasuredRole.QUEUE}


def _service(series: TimeSeries) -> str:
    """The service's name; that of the workload where the dashboard names pods only."""
    owners = {owner.level: owner.value for owner in series.meaning.owners}
    if owners.get(OwnerLevel.POD) == series.service:
        return owners.get(OwnerLevel.WORKLOAD) or workload(series.service)
    return workload(series.service)


def _plain(label: str) -> str:
    """A label's name in one spelling: k8s_pod_name of k8s.pod.name."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower())


def _expression(text: str, dropped: Collection[str]) -> str:
    """The expression without the matchers that name an instance or a version."""

    def shortened(match: re.Match[str]) -> str:
        replaced = match[1] in dropped or _REPLACED_LABELS.search(_plain(match[1]))
        return "" if replaced else match[0]

    bare = _MATCHER.sub(shortened, text)
    return re.sub(r"\s+", " ", bare).strip()


def _measurement(key: MeasurementKey, members: list[TimeSeries]) -> Measurement:
    first = members[0]
    step = _step(members)
    sign = -1 if _falling_is_bad(first.meaning) else 1
    times, values = _aggregated(members, step, sign, added_up=_is_added_up(key))
    return Measurement(
        key=key,
        ids=frozenset(member.id for member in members),
        metric=first.metric,
        unit=first.unit or first.meaning.unit,
        is_running_mean=_is_running_mean(first.meaning),
        sign=sign,
        range_seconds=_range(first, step),
        step=step,
        times=times,
        values=values,
        source_end=max((m.source_end for m in members if m.source_end is not None), default=None),
    )


def _is_running_mean(meaning: SeriesMeaning) -> bool:
    latency = meaning.role is MeasuredRole.LATENCY and meaning.range_seconds is None
    return latency and meaning.statistic == "mean" and meaning.type is MetricType.GAUGE


def _falling_is_bad(meaning: SeriesMeaning) -> bool:
    return meaning.falling_is_bad or meaning.role is MeasuredRole.TRAFFIC


def _is_added_up(key: MeasurementKey) -> bool:
    """Amounts are added up over instances; of latencies, shares and states the worst instance counts."""
    return key.role in _ADDED_UP and not key.statistic.startswith("p")


def _step(members: list[TimeSeries]) -> float:
    """The distance of two samples that can differ, seconds.

    A panel may ask more often than the system measures: then values repeat, and the repetitions are no
    samples of their own.
    """
    steps = [member.step for member in members if member.size > 1]
    if not steps:
        return 0.0
    step = float(np.median(steps))
    repeated = [_repetition(member.values) for member in members if member.size > 1]
    return step * max(1.0, float(np.median(repeated)))


def _repetition(values: Floats) -> float:
    """How many samples in a row have one value, as a median; 1 for constant or whole-number series."""
    changes = np.flatnonzero(np.diff(values) != 0)
    if changes.size < 3 or np.all(values == np.round(values)):  # noqa: PLR2004  two runs are no rhythm
        return 1.0
    return float(np.median(np.diff(changes)))


def _range(series: TimeSeries, step: float) -> float:
    if series.meaning.range_seconds is not None:
        return series.meaning.range_seconds
    if series.meaning.cumulative:
        return step
    variable = bool(_RANGED.search(series.metric))
    ranged = variable or (series.meaning.type is MetricType.COUNTER and series.meaning.statistic == "rate")
    return _RATE_STEPS * step if ranged else 0.0


def _aggregated(
    members: list[TimeSeries], step: float, sign: int, *, added_up: bool
) -> tuple[Floats, Floats]:
    """Times and values, shape (n,), with one value for each step in which any instance has a sample."""
    if len(members) == 1:
        return members[0].times, members[0].values
    times = np.concatenate([member.times for member in members])
    values = np.concatenate([member.values for member in members])
    width = min((member.step for member in members if member.size > 1), default=step) or 1.0
    bins, places = np.unique(np.round(times / width), return_inverse=True)
    latest: Floats = np.full(bins.size, -np.inf)
    np.maximum.at(latest, places, times)
    if added_up:
        sums: Floats = np.zeros(bins.size)
        np.add.at(sums, places, values)
        return latest, sums
    worst: Floats = np.full(bins.size, -np.inf)
    np.maximum.at(worst, places, sign * values)
    return latest, sign * worst
