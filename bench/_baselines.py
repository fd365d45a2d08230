"""Simple, well-known methods on the same telemetry. Each ranks the services, the likeliest first."""

from collections.abc import Mapping

import numpy as np

from rca.call_graph import call_graph
from rca.reported_symptom import ReportedSymptom
from rca.series import Floats, TimeSeries
from rca.signals import Signal
from rca.telemetry import Telemetry

_ANOMALOUS = 3.0


def windows(series: TimeSeries, onset: float | None) -> tuple[Floats, Floats]:
    """Normal and current values; without an onset the second half is current."""
    if series.baseline.size:
        return series.baseline, series.values
    place = series.size // 2 if onset is None else int(np.searchsorted(series.times, onset))
    return series.values[:place], series.values[place:]


def three_sigma(telemetry: Telemetry, onset: float | None) -> list[str]:
    """By the largest deviation of any metric from its mean, in standard deviations."""
    scores: dict[str, float] = {}
    for series in telemetry.series:
        normal, current = windows(series, onset)
        if normal.size > 2 and current.size:
            spread = float(normal.std()) or 1e-9 * (1 + abs(float(normal.mean())))
            _keep(scores, series.service, float(np.abs(current - normal.mean()).max()) / spread)
    return _ranked(scores)


def median_iqr(telemetry: Telemetry, onset: float | None) -> list[str]:
    """By the largest deviation of any metric from its median, in interquartile ranges."""
    scores: dict[str, float] = {}
    for series in telemetry.series:
        normal, current = windows(series, onset)
        if normal.size > 2 and current.size:
            _keep(scores, series.service, _iqr_score(normal, current))
    return _ranked(scores)


def graph_traversal(telemetry: Telemetry, onset: float | None, reported: ReportedSymptom) -> list[str]:
    """Anomalous services without anomalous callees, reached from the reported one over anomalous ones."""
    role = reported.signal or Signal.LATENCY
    scores: dict[str, float] = {}
    for series in telemetry.series:
        normal, current = windows(series, onset)
        if series.signal is role and normal.size > 2 and current.size:
            score = _iqr_score(series.sign * normal, series.sign * current, two_sided=False)
            _keep(scores, series.service, score)
    callees = call_graph(telemetry.dependencies).callees
    reached, queue = {reported.service}, [reported.service]
    for name in queue:
        for callee in sorted(callees.get(name, frozenset()) - reached):
            if scores.get(callee, 0.0) > _ANOMALOUS:
                reached.add(callee)
                queue.append(callee)
    ends = {
        name: scores.get(name, 0.0)
        for name in reached
        if not any(scores.get(callee, 0.0) > _ANOMALOUS for callee in callees.get(name, frozenset()))
    }
    return _ranked(ends or scores)


def _iqr_score(normal: Floats, current: Floats, *, two_sided: bool = True) -> float:
    low, middle, high = np.quantile(normal, [0.25, 0.5, 0.75])
    spread = float(high - low) or 1e-9 * (1 + abs(float(middle)))
    distances = np.abs(current - middle) if two_sided else current - middle
    return float(distances.max()) / spread


def _keep(scores: dict[str, float], name: str, score: float) -> None:
    scores[name] = max(scores.get(name, 0.0), score)


def _ranked(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda name: (-scores[name], name))
