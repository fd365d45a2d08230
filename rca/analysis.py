"""The analysis of telemetry: what deviates from the baseline, and how likely each service is the origin."""

from dataclasses import dataclass

import numpy as np

from missions.evidence import Change
from rca.baseline_comparison import BaselineComparison, compare_to_baseline
from rca.call_graph import CallGraph, call_graph
from rca.causes import changes_near
from rca.confidence import Confidence, confidence_of
from rca.deviations import Deviation
from rca.error_counts import error_count_series
from rca.log_templates import LogSpike, log_spikes, spike_log_odds
from rca.onset import earlier_onset
from rca.origins import origin_scores
from rca.reported_symptom import ReportedSymptom
from rca.seasonality import deseasonalized
from rca.symptoms import (
    SymptomScores,
    is_held_by_requests,
    saturated_resources,
    self_deviations,
    symptom_scores,
)
from rca.telemetry import Telemetry

CLEAR_Z = 4.0
"""z-score from which a series is clearly worse than its baseline."""

_Z_SCALE = 3.0
_ODDS_PER_Z = 1.5  # log odds for each e-fold of the z-score above CLEAR_Z
_MAX_RESOURCE_ODDS = 4.0
_MAX_SELF_ODDS = 2.0
_HARMLESS = 0.3  # factor for a resource that does not affect its service
_HELD_GROWTH = 1.25  # growth of what requests hold, over the latency's growth, that waiting explains
_CHANGE_ODDS = 1.0  # log odds of a deployment or configuration change just before the onset
_MIN_EARLIER_Z, _MIN_EARLIER_GROWTH = 1.0, 0.2  # of a series that may have changed before the onset
_LIKELY = 0.1  # probability of an origin whose series are searched for an earlier onset
_MAX_SERVICES = 400
_MAX_CALLERS = 20  # services whose callees are kept when there are too many services


@dataclass(frozen=True)
class Analysis:
    """Everything that a diagnosis is made of.

    `symptoms` are latency and errors. `scores` are log odds by service, best first. `resources` are the
    saturated resources and `changes` the changes near the onset, by service.
    """

    telemetry: Telemetry
    reported: ReportedSymptom | None
    comparison: BaselineComparison
    symptoms: tuple[SymptomScores, SymptomScores]
    graph: CallGraph
    scores: dict[str, float]
    resources: dict[str, Deviation]
    changes: dict[str, Change]
    spikes: tuple[LogSpike, ...]
    confidence: Confidence


def analysis_of(telemetry: Telemetry, reported: ReportedSymptom | None, onset: float | None) -> Analysis:
    """The analysis with the onset of all series, or the earlier one of a likely origin; `onset` is a hint."""
    all_series = (*map(deseasonalized, telemetry.series), *error_count_series(telemetry.log_templates))
    analysis = _analysis(telemetry, reported, onset, compare_to_baseline(all_series, onset))
    common_onset = analysis.comparison.onset
    likely = {name for name, probability in analysis.confidence.origins.items() if probability >= _LIKELY}
    own = [
        deviation.series
        for deviation in analysis.comparison.deviations
        if deviation.series.service in likely
        and deviation.z >= _MIN_EARLIER_Z
        and deviation.growth >= _MIN_EARLIER_GROWTH
    ]
    earlier = earlier_onset(own, common_onset) if own and common_onset is not None else None
    if earlier is None:
        return analysis
    return _analysis(telemetry, reported, onset, compare_to_baseline(all_series, onset, earlier))


def _analysis(
    telemetry: Telemetry,
    reported: ReportedSymptom | None,
    hint: float | None,
    comparison: BaselineComparison,
) -> Analysis:
    symptoms = symptom_scores(comparison.deviations, reported)
    graph = call_graph(telemetry.dependencies)
    resources = saturated_resources(comparison.deviations)
    changes = changes_near(telemetry, comparison.onset)
    onset = comparison.onset if comparison.onset is not None else hint
    spikes = log_spikes(telemetry.log_templates, onset, telemetry.services) if onset is not None else []
    own_evidence: dict[str, float] = {}
    for evidence in (
        {name: _resource_odds(name, resource, symptoms) for name, resource in resources.items()},
        dict.fromkeys(changes, _CHANGE_ODDS),
        spike_log_odds(spikes),
        {
            name: min(_ODDS_PER_Z * _log_z(deviation), _MAX_SELF_ODDS)
            for name, deviation in self_deviations(comparison.deviations).items()
        },
    ):
        for name, odds in evidence.items():
            own_evidence[name] = own_evidence.get(name, 0.0) + odds
    services = _possible_origins(telemetry, reported, symptoms, own_evidence)
    mentioned = frozenset(name for spike in spikes if spike.template.is_error for name in spike.mentions)
    scores = origin_scores(services, graph, symptoms, own_evidence, mentioned)
    ranked = dict(sorted(scores.items(), key=lambda score: (-score[1], score[0])))
    return Analysis(
        telemetry=telemetry,
        reported=reported,
        comparison=comparison,
        symptoms=symptoms,
        graph=graph,
        scores=ranked,
        resources=resources,
        changes=changes,
        spikes=tuple(spikes),
        confidence=confidence_of(ranked, graph, symptoms),
    )


def _possible_origins(
    telemetry: Telemetry,
    reported: ReportedSymptom | None,
    symptoms: tuple[SymptomScores, ...],
    own_evidence: dict[str, float],
) -> tuple[str, ...]:
    """All services; of very many those with the strongest evidence, and the callees of the strongest."""
    first = [reported.service] if reported else []
    services = tuple(dict.fromkeys((*telemetry.services, *first)))
    if len(services) <= _MAX_SERVICES:
        return services
    strongest = {
        name: max(own_evidence.get(name, 0.0), *(kind.z.get(name, 0.0) for kind in symptoms))
        for name in services
    }
    best = sorted(services, key=lambda name: -strongest[name])[: _MAX_SERVICES // 2]
    callers = set(best[:_MAX_CALLERS])
    callees = [edge.callee for edge in telemetry.dependencies if edge.caller in callers]
    return tuple(dict.fromkeys((*first, *best, *callees)))[:_MAX_SERVICES]


def _resource_odds(name: str, resource: Deviation, symptoms: tuple[SymptomScores, ...]) -> float:
    """Log odds of a saturated resource: low if other services show symptoms and this one does not."""
    odds = min(_ODDS_PER_Z * _log_z(resource), _MAX_RESOURCE_ODDS)
    if is_held_by_requests(resource):
        latency_growth = symptoms[0].relative.get(name, 0.0)
        if resource.growth <= _HELD_GROWTH * latency_growth:
            return _HARMLESS * odds
    own = [kind.z[name] for kind in symptoms if name in kind.z]
    affected = any(z >= CLEAR_Z for kind in symptoms for z in kind.z.values())
    return (_HARMLESS if affected and own and max(own) < CLEAR_Z else 1.0) * odds


def _log_z(deviation: Deviation) -> float:
    return float(np.log1p(max(deviation.z - CLEAR_Z, 0.0) / _Z_SCALE))
