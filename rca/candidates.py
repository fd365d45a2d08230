"""A possible cause with the evidence for and against it."""

from missions.diagnosis import Candidate, Citation
from missions.plain import plain
from rca.analysis import CLEAR_Z, Analysis
from rca.causes import Cause, cause_of
from rca.citations import cite_change, cite_log, cite_series, cite_spike, first_errors
from rca.deviations import Deviation
from rca.log_templates import LogSpike
from rca.origins import explained_share
from rca.roles import SYMPTOMS, SeriesRole
from rca.times import epoch_seconds

_MAX_OWN, _MAX_CALLERS, _MAX_SPIKES, _MAX_AGAINST = 4, 4, 3, 4
_MAX_EXPLAINED = 3  # citations that the explanation repeats
_MIN_SHARE = 0.5  # of a service's excess that counts as explained
_MIN_CONFIDENCE = 0.05  # of a candidate whose explanation has the evidence against it
_MAX_CONFIDENCE = 0.99
_OWN_ROLES = SYMPTOMS | {SeriesRole.TRAFFIC, SeriesRole.SELF}


def candidate_of(analysis: Analysis, service: str, confidence: float) -> Candidate | None:
    """The service as a candidate; None where no evidence can be cited for it."""
    cause = _cause(analysis, service)
    callers = _affected_callers(analysis, service)
    citations = _evidence(analysis, service, cause, callers)
    if not citations:
        return None
    ids = {citation.id for citation in citations}
    against = tuple(citation for citation in _against(analysis, service) if citation.id not in ids)
    finding = cause.finding
    is_silent = cause.incident_type == "dependency_failure" and not cause.deviations
    if is_silent and not analysis.graph.callees:
        finding = "shows nothing unusual, and its callers are not known"
    sentences = [f"{plain(service)} {finding}."]
    sentences += [f"{citation.description}." for citation in citations[:_MAX_EXPLAINED]]
    sentences += [cause.advice] if cause.advice else []
    waiting = sorted({deviation.series.service for deviation in callers})
    if waiting:
        sentences.append(f"Affected callers: {', '.join(map(plain, waiting))}.")
    if against and confidence >= _MIN_CONFIDENCE:
        sentences.append(
            f"Evidence against it: {'; '.join(citation.description for citation in against[:2])}."
        )
    evidence = tuple({citation.id: citation for citation in citations}.values())
    return Candidate(
        service=service,
        incident_type=cause.incident_type,
        confidence=round(min(confidence, _MAX_CONFIDENCE), 3),
        explanation=" ".join(sentences),
        evidence=evidence,
        remediation=cause.remediation,
        speaks_for=evidence,
        speaks_against=against,
    )


def _cause(analysis: Analysis, service: str) -> Cause:
    change, onset = analysis.changes.get(service), analysis.comparison.onset
    since_change = 0.0
    if change is not None and onset is not None:
        # The onset is exact to two samples.
        since_change = onset - epoch_seconds(change.at) - 2 * analysis.telemetry.shortest_step
    messages = tuple(
        spike.template.first_message
        for spike in analysis.spikes
        if spike.template.is_error and _is_about(spike, service)
    )
    own = _own_deviations(analysis, service)
    return cause_of(own, analysis.resources.get(service), change, messages, since_change=since_change)


def _evidence(analysis: Analysis, service: str, cause: Cause, callers: list[Deviation]) -> list[Citation]:
    """Citations of the cause and its effects; the reported symptom where there are none."""
    citations = [cite_change(cause.change)] if cause.change is not None else []
    citations += [cite_series(deviation) for deviation in (*cause.deviations[:_MAX_OWN], *callers)]
    if analysis.comparison.onset is not None:
        errors = first_errors(analysis.telemetry, analysis.comparison.onset)
        citations += [cite_log(line) for line in errors if line.service == service]
    spikes = [spike for spike in analysis.spikes if _is_about(spike, service)]
    citations += [cite_spike(spike) for spike in spikes[:_MAX_SPIKES]]
    return citations or _reported_symptom(analysis)


def _against(analysis: Analysis, service: str) -> tuple[Citation, ...]:
    """Symptoms that this cause does not explain, worst first.

    These are symptoms of other services, and its own ones that a callee explains. For an origin whose own
    symptoms are normal, these count as well.
    """
    scored: list[tuple[float, Citation]] = []
    reaching = analysis.graph.distances.get(service, {})
    silent = not any(kind.z.get(service, 0.0) >= CLEAR_Z for kind in analysis.symptoms)
    for deviation in analysis.comparison.deviations:
        other = deviation.series.service
        if deviation.series.role not in SYMPTOMS:
            continue
        kind = analysis.symptoms[0 if deviation.series.role is SeriesRole.LATENCY else 1]
        z = kind.z.get(other, 0.0)
        if other == service:
            callees = analysis.graph.callees.get(service, frozenset()) - {service}
            explaining = [
                callee
                for callee in callees
                if kind.z.get(callee, 0.0) >= CLEAR_Z and explained_share(callee, service, kind) >= _MIN_SHARE
            ]
            if z >= CLEAR_Z and explaining:
                note = f"explained by {', '.join(map(plain, sorted(explaining)))}"
                scored.append((z, _with_note(deviation, note)))
            elif silent:
                scored.append((0.0, _with_note(deviation, "which is normal")))
        elif z >= CLEAR_Z and deviation.z >= CLEAR_Z:
            reached = other in reaching or not analysis.graph.callees
            if not reached or (not silent and explained_share(service, other, kind) < _MIN_SHARE):
                scored.append((z, _with_note(deviation, "not explained by it")))
    scored.sort(key=lambda pair: (-pair[0], pair[1].id))
    return tuple({citation.id: citation for _, citation in scored}.values())[:_MAX_AGAINST]


def _with_note(deviation: Deviation, note: str) -> Citation:
    citation = cite_series(deviation)
    return citation.model_copy(update={"description": f"{citation.description}, {note}"})


def _is_about(spike: LogSpike, service: str) -> bool:
    """Whether the service logs the spike, or is named by an error of another service."""
    return spike.template.service == service or (spike.template.is_error and service in spike.mentions)


def _own_deviations(analysis: Analysis, service: str) -> tuple[Deviation, ...]:
    """The service's own deviations, worst first."""
    own = [
        deviation
        for deviation in analysis.comparison.deviations
        if deviation.series.service == service
        and deviation.z >= CLEAR_Z
        and deviation.series.role in _OWN_ROLES
    ]
    return tuple(sorted(own, key=lambda deviation: -deviation.z))


def _affected_callers(analysis: Analysis, service: str) -> list[Deviation]:
    """Symptoms of callers that the service explains, worst first."""
    reaching = analysis.graph.distances.get(service, {})
    affected = {
        caller
        for kind in analysis.symptoms
        for caller, z in kind.z.items()
        if caller != service
        and caller in reaching
        and z >= CLEAR_Z
        and explained_share(service, caller, kind) >= _MIN_SHARE
    }
    symptoms = [
        deviation
        for deviation in analysis.comparison.deviations
        if deviation.series.service in affected
        and deviation.series.role in SYMPTOMS
        and deviation.z >= CLEAR_Z
    ]
    return sorted(symptoms, key=lambda deviation: -deviation.z)[:_MAX_CALLERS]


def _reported_symptom(analysis: Analysis) -> list[Citation]:
    """The worst symptom of the reported service, else of any, for a candidate without deviations."""
    symptoms = [
        deviation for deviation in analysis.comparison.deviations if deviation.series.role in SYMPTOMS
    ]
    reported = analysis.reported
    if reported is not None:
        symptoms = [
            deviation for deviation in symptoms if deviation.series.service == reported.service
        ] or symptoms
    symptoms.sort(key=lambda deviation: -deviation.z)
    return [cite_series(deviation) for deviation in symptoms[:1]]
