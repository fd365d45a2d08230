"""The one shift that stands for a service's latency or errors, where it has several such series."""

from collections import Counter
from collections.abc import Sequence

from rca.shifts import LevelShift
from rca.signals import Signal

_COMMON = 0.8  # share of the most frequent statistic's services that a common one has
_MEANS = ("mean", "avg", "average")


def representatives(shifts: Sequence[LevelShift], signal: Signal) -> dict[str, LevelShift]:
    """One shift for each service, of the same statistic for all services that have it.

    This is the mean if most services have one, else the statistic that changed most: the rise of a median
    and that of a high percentile are not comparable. For other services it is the strongest shift.
    """
    of_signal = [shift for shift in shifts if shift.series.signal is signal and _is_measured(shift)]
    counts = Counter(statistic for _, statistic in {(s.series.service, _statistic(s)) for s in of_signal})
    common = sorted(name for name, count in counts.items() if count >= _COMMON * max(counts.values()))
    means = [name for name in common if any(word in name for word in _MEANS)]
    totals = dict.fromkeys(common, 0.0)
    for shift in of_signal:
        if _statistic(shift) in totals:
            totals[_statistic(shift)] += max(shift.strength, 0.0)
    statistic = max(means[:1] or common, key=lambda name: totals[name], default="")
    siblings = Counter((shift.series.service, shift.series.metric) for shift in of_signal)

    def order(shift: LevelShift) -> tuple[bool, int, float, float]:
        # A query for the whole service comes before one by endpoint, of which one is always slow by chance.
        parts = siblings[shift.series.service, shift.series.metric]
        return _statistic(shift) == statistic, -parts, shift.strength, shift.z

    chosen: dict[str, LevelShift] = {}
    for shift in sorted(of_signal, key=order):
        chosen[shift.series.service] = shift
    return chosen


def _is_measured(shift: LevelShift) -> bool:
    """Not a time that is always zero: a proxy writes it for a backend whose answers it does not time."""
    return shift.series.signal is not Signal.LATENCY or bool(shift.series.values.any())


def _statistic(shift: LevelShift) -> str:
    series = shift.series
    labelled = " ".join(value for name, value in series.labels if name == "statistic")
    return f"{series.meaning.statistic or series.metric} {labelled}".strip().lower()
