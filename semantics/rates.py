"""What the rate of a running total measures."""

from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.meaning import MetricType, SeriesMeaning
from semantics.units import TIMES, per_second


def meaning_of_rate(meaning: SeriesMeaning) -> SeriesMeaning:
    """The meaning of a counter's rate per second.

    Seconds of CPU per second are cores, other seconds per second of a resource are a share; a sum of
    durations per second is neither a latency nor a share of anything.
    """
    role, unit = meaning.role, per_second(meaning.unit or "count")
    if role is MeasuredRole.LATENCY:
        role, unit = MeasuredRole.OTHER, per_second(meaning.unit)
    elif meaning.unit in TIMES and role is MeasuredRole.USAGE and meaning.unit == "seconds":
        unit = "cores"
    elif meaning.unit in TIMES and role is MeasuredRole.SATURATION and meaning.unit == "seconds":
        unit = "ratio"
    elif meaning.unit in TIMES:
        role = MeasuredRole.OTHER
    return replace(
        meaning,
        role=role,
        unit=unit,
        statistic="rate",
        statistic_basis=meaning.role_basis,
        type=MetricType.GAUGE,
        cumulative=False,
    )
