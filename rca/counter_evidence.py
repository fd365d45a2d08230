"""What a cause does not explain: other symptoms, errors that others log, panels without a known meaning."""

from collections.abc import Iterator

from missions.diagnosis import Citation
from missions.plain import plain
from rca.alerts import AlertSeverity
from rca.analysis import Analysis
from rca.citations import cite_alert, cite_series, cite_spike
from rca.log_templates import LogSpike
from rca.shifts import LevelShift
from rca.signals import Signal

_MOST = 4
_MIN_SHARE = 0.5  # of a service's excess that counts as explained
_ALERTED, _LOGGED, _NOT_UNDERSTOOD, _NORMAL = 1.5, 1.0, 0.5, 0.0
"""How bad these are beside the strengths of symptoms (0 to 4)."""


def counter_evidence(analysis: Analysis, service: str) -> tuple[Citation, ...]:
    """What speaks against the service as the origin, worst first."""
    reaching = frozenset(analysis.graph.distances.get(service, ())) | {service}
    scored = [
        *_own_symptoms(analysis, service),
        *_other_symptoms(analysis, reaching),
        *_other_errors(analysis, service, reaching),
        *_other_alerts(analysis, reaching),
        *_not_understood(analysis),
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1].id))
    return tuple({citation.id: citation for _, citation in scored}.values())[:_MOST]


def is_about(spike: LogSpike, service: str) -> bool:
    """Whether the service logs the spike, or is named by an error of another service."""
    return spike.template.service == service or (spike.template.is_error and service in spike.mentions)


def _own_symptoms(analysis: Analysis, service: str) -> Iterator[tuple[float, Citation]]:
    """The service's symptoms that its callees explain; normal ones, where it is to be a silent origin."""
    callees = analysis.graph.callees.get(service, frozenset()) - {service}
    symptoms = (analysis.evidence.latency, analysis.evidence.errors)
    silent = not any(service in shifts and shifts[service].clear for shifts in symptoms)
    for shifts in symptoms:
        shift = shifts.get(service)
        if shift is None:
            continue
        explaining = sorted(name for name in callees if name in shifts and shifts[name].clear)
        explained = sum(max(shifts[name].rise, 0.0) for name in explaining)
        if shift.clear and explaining and explained >= _MIN_SHARE * shift.rise:
            yield shift.strength, _noted(shift, f"explained by {', '.join(map(plain, explaining))}")
        elif silent:
            yield _NORMAL, _noted(shift, "which is normal")


def _other_symptoms(analysis: Analysis, reaching: frozenset[str]) -> Iterator[tuple[float, Citation]]:
    """Symptoms of services that do not call it."""
    if not analysis.graph.callees:
        return
    for shifts in (analysis.evidence.latency, analysis.evidence.errors):
        for other, shift in shifts.items():
            if shift.clear and other not in reaching:
                yield shift.strength, _noted(shift, "not explained by it")


def _other_errors(
    analysis: Analysis, service: str, reaching: frozenset[str]
) -> Iterator[tuple[float, Citation]]:
    for spike in analysis.spikes:
        if (
            spike.template.is_error
            and not is_about(spike, service)
            and spike.template.service not in reaching
        ):
            yield _LOGGED, cite_spike(spike)


def _other_alerts(analysis: Analysis, reaching: frozenset[str]) -> Iterator[tuple[float, Citation]]:
    """Alerts of services that do not call it, unless they only inform."""
    for alert in analysis.alerts:
        if alert.service and alert.service not in reaching and alert.severity > AlertSeverity.INFO:
            yield _ALERTED, cite_alert(alert)


def _not_understood(analysis: Analysis) -> Iterator[tuple[float, Citation]]:
    for shift in analysis.shifts:
        if shift.series.signal is Signal.UNKNOWN and shift.clear:
            yield _NOT_UNDERSTOOD, _noted(shift, "whose meaning is not known")


def _noted(shift: LevelShift, note: str) -> Citation:
    citation = cite_series(shift)
    return citation.model_copy(update={"description": f"{citation.description}, {note}"})
