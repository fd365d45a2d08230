"""Logged errors counted as series, for services without error metrics and traces."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from rca.log_templates import LogTemplate
from rca.series import Floats, TimeSeries, time_series

LOGS_PREFIX = "logs_"
_BINS = 240


def error_count_series(templates: Iterable[LogTemplate]) -> tuple[TimeSeries, ...]:
    """A series for each service: logged errors in equal intervals of the time that the logs cover."""
    used = [template for template in templates if template.times]
    if not used:
        return ()
    start = min(min(template.times) for template in used)
    end = max(max(template.times) for template in used)
    times_by_service: defaultdict[str, list[Floats]] = defaultdict(list)
    for template in used:
        if template.is_error and template.service:
            times_by_service[template.service].append(np.frombuffer(template.times, dtype=np.float64))
    if end <= start:
        return ()
    edges = np.linspace(start, end, _BINS + 1)
    metric = f"{LOGS_PREFIX}error_count"
    unit = f"in {(end - start) / _BINS:.3g} s"
    counted = []
    for service in sorted(times_by_service):
        counts = np.histogram(np.concatenate(times_by_service[service]), edges)[0].astype(np.float64)
        counted.append(
            time_series(f"{service}/{metric}", service, metric, edges[:-1], counts, unit),
        )
    return tuple(counted)
