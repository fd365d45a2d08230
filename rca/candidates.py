"""A possible cause with the evidence for and against it."""

from missions.diagnosis import Candidate, Citation
from missions.plain import plain
from rca.alerts import Alert
from rca.analysis import Analysis
from rca.causes import Cause, ServiceFacts, cause_of
from rca.citations import cite_alert, cite_change, cite_log, cite_series, cite_spike, first_errors
from rca.counter_evidence import counter_evidence, is_about
from rca.service_features import QUIET_CHANGE
from rca.shifts import LevelShift
from rca.signals import SYMPTOMS, Signal

_MAX_OWN, _MAX_CALLERS, _MAX_SPIKES, _MAX_ALERTS = 4, 4, 3, 3
_MAX_EXPLAINED = 3  # citations that the explanation repeats
_MIN_CONFIDENCE = 0.05  # of a candidate whose explanation has the evidence against it
_MAX_CONFIDENCE = 0.99
_UNEXPLAINED_CONFIDENCE = 0.9
"""The highest confidence beside evidence that the cause does not explain."""
_OWN = SYMPTOMS | {Signal.TRAFFIC, Signal.SELF_TIME, Signal.OWN_ERRORS, Signal.WAIT}


def candidate_of(analysis: Analysis, service: str, confidence: float) -> Candidate | None:
    """The service as a candidate; None where no evidence can be cited for it."""
    cause = cause_of(facts_of(analysis, service))
    callers = affected_callers(analysis, service)
    citations = _evidence(analysis, service, cause, callers)
    if not citations:
        return None
    ids = {citation.id for citation in citations}
    against = tuple(citation for citation in counter_evidence(analysis, service) if citation.id not in ids)
    sentences = [f"{plain(service)} {cause.finding}."]
    sentences += [f"{citation.description}." for citation in citations[:_MAX_EXPLAINED]]
    sentences += [cause.advice] if cause.advice else []
    waiting = sorted({shift.series.service for shift in callers})
    if waiting:
        sentences.append(f"Affected callers: {', '.join(map(plain, waiting))}.")
    if against and confidence >= _MIN_CONFIDENCE:
        sentences.append(
            f"Evidence against it: {'; '.join(citation.description for citation in against[:2])}."
        )
    evidence = tuple({citation.id: citation for citation in citations}.values())
    most = _UNEXPLAINED_CONFIDENCE if against else _MAX_CONFIDENCE
    return Candidate(
        service=service,
        incident_type=cause.incident_type,
        confidence=round(min(confidence, most), 3),
        explanation=" ".join(sentences),
        evidence=evidence,
        remediation=cause.remediation,
        speaks_for=evidence,
        speaks_against=against,
    )


def facts_of(analysis: Analysis, service: str) -> ServiceFacts:
    """What is known about the service."""
    row = analysis.features.get(service, {})
    return ServiceFacts(
        shifts=analysis.of_service(service),
        # Where callees explain the symptoms, a change just before is one of many that do no harm.
        change=analysis.changes.get(service) if row.get("change", 0.0) >= QUIET_CHANGE else None,
        messages=[
            spike.template.first_message
            for spike in analysis.spikes
            if spike.template.is_error and is_about(spike, service)
        ],
        alerts=_alerts(analysis, service),
        step=analysis.recording.step,
        gone=bool(row.get("gone") or row.get("down")),
    )


def affected_callers(analysis: Analysis, service: str) -> list[LevelShift]:
    """Symptoms of services that call this one, directly or not, strongest first."""
    reaching = analysis.graph.distances.get(service, {})
    affected = [
        shift
        for shifts in (analysis.evidence.latency, analysis.evidence.errors)
        for name, shift in shifts.items()
        if name in reaching and name != service and shift.clear
    ]
    return sorted(affected, key=lambda shift: (-shift.strength, shift.series.id))[:_MAX_CALLERS]


def _alerts(analysis: Analysis, service: str) -> list[Alert]:
    return [alert for alert in analysis.alerts if alert.service == service]


def _evidence(analysis: Analysis, service: str, cause: Cause, callers: list[LevelShift]) -> list[Citation]:
    """Citations of the cause and its effects; the strongest symptom where there are none."""
    own = [shift for shift in cause.shifts if shift is cause.shifts[0] or shift.series.signal in _OWN]
    citations = [cite_change(cause.change)] if cause.change is not None else []
    citations += [cite_series(shift) for shift in (*own[:_MAX_OWN], *callers)]
    alerts = sorted(_alerts(analysis, service), key=lambda alert: (-alert.severity, alert.at))
    citations += [cite_alert(alert) for alert in alerts[:_MAX_ALERTS]]
    if analysis.recording.onset is not None:
        errors = first_errors(analysis.telemetry, analysis.recording.onset)
        citations += [cite_log(line) for line in errors if line.service == service]
    spikes = [spike for spike in analysis.spikes if is_about(spike, service)]
    citations += [cite_spike(spike) for spike in spikes[:_MAX_SPIKES]]
    return citations or _strongest_symptom(analysis, service)


def _strongest_symptom(analysis: Analysis, service: str) -> list[Citation]:
    """The service's strongest shift, else the reported symptom, else the strongest of any service."""
    own = analysis.of_service(service)
    if own and own[0].z > 0:
        return [cite_series(own[0])]
    reported = analysis.of_service(analysis.reported.service, *SYMPTOMS) if analysis.reported else []
    symptoms = reported or [shift for shift in analysis.shifts if shift.series.signal in SYMPTOMS]
    symptoms.sort(key=lambda shift: -shift.z)
    return [cite_series(shift) for shift in symptoms[:1]]
