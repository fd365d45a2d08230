"""Units as factors of base units: seconds, shares of 1, bytes."""

import numpy as np

from rca.series import TimeSeries

_FACTORS = {
    "milliseconds": 1e-3,
    "microseconds": 1e-6,
    "nanoseconds": 1e-9,
    "minutes": 60.0,
    "hours": 3600.0,
    "percent": 0.01,
    "kilobytes": 1e3,
    "kibibytes": 2.0**10,
    "megabytes": 1e6,
    "mebibytes": 2.0**20,
    "gigabytes": 1e9,
    "gibibytes": 2.0**30,
    "millicores": 1e-3,
    "count/min": 1 / 60,
    "requests/min": 1 / 60,
}


def base_factor(series: TimeSeries) -> float:
    """What one of the series' units is in base units; 1.0 where the unit is not known."""
    unit = series.meaning.unit
    if unit in _FACTORS:
        return _FACTORS[unit]
    return 0.01 if series.is_share and not unit and _is_percent(series) else 1.0


def _is_percent(series: TimeSeries) -> bool:
    """Whether shares without a unit are percentages: some value is above 1."""
    highest = max(
        (float(np.max(values)) for values in (series.values, series.baseline) if values.size), default=0.0
    )
    return highest > 1.5  # noqa: PLR2004  a ratio may be rounded or averaged a little above 1
