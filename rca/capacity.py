"""Usage as a share of its limit, where the limit is a series, too."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from missions.measurement import MeasuredRole
from rca.series import TimeSeries
from rca.signals import Signal
from rca.units import base_factor
from semantics.meaning import MeaningBasis, Resource

_MOST = 2.0  # a usage above this share belongs to another limit
_OWNERS = frozenset({"instance", "pod", "container", "host", "node", "datname", "queue", "name"})


def relative_to_capacity(all_series: Sequence[TimeSeries]) -> Iterable[TimeSeries]:
    """The series; usage of a resource whose limit is known becomes a share of it, 0..1.

    Both are of one service and resource, and of one instance where labels say so.
    """
    limits: defaultdict[tuple[str, Resource], list[TimeSeries]] = defaultdict(list)
    for series in all_series:
        if series.signal is Signal.LIMIT and series.size:
            limits[series.service, series.meaning.resource].append(series)
    for series in all_series:
        used = series.meaning.role is MeasuredRole.USAGE and not series.is_share and series.size
        candidates = limits.get((series.service, series.meaning.resource), []) if used else []
        matching = [limit for limit in candidates if _same_instance(series, limit)]
        yield _share(series, matching[0]) if len(matching) == 1 else series


def _same_instance(usage: TimeSeries, limit: TimeSeries) -> bool:
    owners = [{name: value for name, value in each.labels if name in _OWNERS} for each in (usage, limit)]
    return all(owners[1][name] == value for name, value in owners[0].items() if name in owners[1])


def _share(usage: TimeSeries, limit: TimeSeries) -> TimeSeries:
    latest = np.maximum(np.searchsorted(limit.times, usage.times, side="right") - 1, 0)
    limits = limit.values[latest] * base_factor(limit)
    positive = limits > 0
    shares = usage.values[positive] * base_factor(usage) / limits[positive]
    if not shares.size or np.median(shares) > _MOST:
        return usage
    meaning = replace(
        usage.meaning, role=MeasuredRole.SATURATION, unit="ratio", unit_basis=MeaningBasis.EXPRESSION
    )
    return replace(
        usage,
        unit="ratio",
        meaning=meaning,
        signal=Signal.SATURATION,
        times=usage.times[positive],
        values=shares,
        baseline=np.array([]),
        baseline_times=np.array([]),
    )
