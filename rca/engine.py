"""The engine: from telemetry to a diagnosis."""

from missions.diagnosis import Candidate, Diagnosis, DiagnosisVerdict, Moment, ServiceGraph
from missions.plain import plain
from rca.analysis import CLEAR_Z, Analysis, analysis_of
from rca.candidates import candidate_of
from rca.confidence import INCIDENT
from rca.deviations import Deviation
from rca.identified import identified
from rca.reported_symptom import ReportedSymptom, renamed_report
from rca.roles import SYMPTOMS, SeriesRole
from rca.summary import summary_of
from rca.telemetry import Telemetry, resolved
from rca.timeline import timeline
from rca.times import utc

ENGINE = "ops-agent-rca/2"

_MIN_CLAIM = 0.5  # confidence from which a cause is claimed
_EXTREME_Z = 10.0  # z-score from which a resource that doubled is reported without symptoms
_MIN_RIVAL = 0.1  # confidence of an unmeasured candidate from which its metrics count as missing
_MAX_SERIES_MOMENTS = 30
_MAX_CANDIDATES = 5
_UNEXPLAINED = frozenset({"error_spike", "latency_degradation"})
_TIMELINE_ROLES = SYMPTOMS | {SeriesRole.SELF}


def analyze(
    telemetry: Telemetry, reported: ReportedSymptom | None = None, onset: float | None = None
) -> Diagnosis:
    """The diagnosis of an incident.

    Series are compared with their baseline where it was recorded, else with the time before the onset, which
    is searched; a given `onset` (epoch seconds) is a hint. Candidates of a healthy system are listed only if
    a symptom or an onset was given.
    """
    telemetry = resolved(telemetry)
    reported = renamed_report(reported, telemetry.services, telemetry.identities)
    analysis = analysis_of(telemetry, reported, onset)
    ranked = list(analysis.scores)[:_MAX_CANDIDATES]
    verdict, headline = _judge(analysis, ranked)
    candidates: tuple[Candidate, ...] = ()
    if reported is not None or onset is not None or verdict is not DiagnosisVerdict.HEALTHY:
        candidates = _candidates(analysis, ranked)
    if verdict is DiagnosisVerdict.FOUND and (not candidates or candidates[0].service != ranked[0]):
        verdict, headline = DiagnosisVerdict.INCONCLUSIVE, "No evidence can be cited for the likeliest cause."
    missing = _missing(analysis, verdict, candidates)
    healthy = verdict is DiagnosisVerdict.HEALTHY
    diagnosis = Diagnosis(
        verdict=verdict,
        summary=summary_of(candidates, missing, headline),
        primary_symptom="" if healthy and reported is None else _primary_symptom(analysis),
        root_cause_candidates=candidates,
        service_graph=ServiceGraph(services=telemetry.services, dependencies=telemetry.dependencies),
        timeline=_timeline(analysis, healthy=healthy),
        missing_evidence=missing,
        onset=None if analysis.comparison.onset is None or healthy else utc(analysis.comparison.onset),
        engine=ENGINE,
    )
    return identified(diagnosis, telemetry)


def _candidates(analysis: Analysis, ranked: list[str]) -> tuple[Candidate, ...]:
    incident, origins = analysis.confidence.incident, analysis.confidence.origins
    candidates = (candidate_of(analysis, name, incident * origins.get(name, 0.0)) for name in ranked)
    return tuple(candidate for candidate in candidates if candidate is not None)


def _judge(analysis: Analysis, ranked: list[str]) -> tuple[DiagnosisVerdict, str]:
    """The verdict with its headline."""
    if not analysis.comparison.deviations or not ranked:
        return DiagnosisVerdict.INCONCLUSIVE, "No series can be compared with normal operation."
    confidence = analysis.confidence
    if confidence.incident < 1 - INCIDENT:
        return _judge_without_incident(analysis, ranked[0])
    first = plain(ranked[0])
    if confidence.incident < INCIDENT:
        return (
            DiagnosisVerdict.INCONCLUSIVE,
            "Something is unusual, but too little to be called an incident.",
        )
    if confidence.incident * confidence.origins[ranked[0]] >= _MIN_CLAIM:
        onset = analysis.comparison.onset
        when = "" if onset is None else f" at {utc(onset):%H:%M:%S}Z"
        return DiagnosisVerdict.FOUND, f"The incident most likely began in {first}{when}."
    others = " or ".join(map(plain, ranked[1:3])) or "another service"
    return (
        DiagnosisVerdict.INCONCLUSIVE,
        f"{first} is the most likely origin, but it may also be {others}.",
    )


def _judge_without_incident(analysis: Analysis, first: str) -> tuple[DiagnosisVerdict, str]:
    resource = analysis.resources.get(first)
    if resource is not None and _is_extreme(resource):
        name = f"{plain(resource.series.metric)} of {plain(first)}"
        return (
            DiagnosisVerdict.INCONCLUSIVE,
            f"{name} is far above normal, but no service shows a symptom.",
        )
    measured = {name for kind in analysis.symptoms for name in kind.z}
    if measured and (analysis.reported is None or analysis.reported.service in measured):
        return DiagnosisVerdict.HEALTHY, "No service is clearly worse than in normal operation."
    return DiagnosisVerdict.INCONCLUSIVE, "Nothing unusual was found, but the evidence is incomplete."


def _is_extreme(resource: Deviation) -> bool:
    """Whether a resource is worth reporting although no service shows a symptom."""
    return resource.z >= _EXTREME_Z and resource.growth >= 1


def _missing(
    analysis: Analysis, verdict: DiagnosisVerdict, candidates: tuple[Candidate, ...]
) -> tuple[str, ...]:
    """Evidence that would make the diagnosis more certain."""
    if not analysis.telemetry.series:
        return ("no metrics were seen",)
    missing = []
    measured = {name for kind in analysis.symptoms for name in kind.z}
    if not measured:
        missing.append("no latency or error metrics with a normal time to compare with")
    if len(analysis.scores) > 1 and not analysis.telemetry.dependencies:
        missing.append("which service calls which")
    unmeasured = [
        candidate.service
        for candidate in candidates
        if candidate.service not in measured and candidate.confidence >= _MIN_RIVAL
    ]
    if analysis.reported and analysis.reported.service not in measured:
        unmeasured.insert(0, analysis.reported.service)
    missing += [f"latency or errors of {plain(name)}" for name in dict.fromkeys(unmeasured)]
    if verdict is DiagnosisVerdict.FOUND and candidates[0].incident_type in _UNEXPLAINED:
        missing.append(f"why {plain(candidates[0].service)} changed: no change, resource or log explains it")
    return tuple(missing)


def _primary_symptom(analysis: Analysis) -> str:
    """The reported symptom, else the symptom with the highest z-score."""
    if analysis.reported:
        parts = filter(None, (analysis.reported.service, analysis.reported.metric))
        return " ".join(map(plain, parts))
    symptoms = [
        deviation
        for deviation in analysis.comparison.deviations
        if deviation.series.role in SYMPTOMS and deviation.z > 0
    ]
    worst = max(symptoms, key=lambda deviation: deviation.z, default=None)
    return "" if worst is None else f"{plain(worst.series.service)} {plain(worst.series.metric)}"


def _timeline(analysis: Analysis, *, healthy: bool) -> tuple[Moment, ...]:
    """Changes and what became worse; of a healthy system only the changes."""
    if healthy:
        return timeline(analysis.telemetry, analysis.comparison.onset, (), ())
    worse = [
        deviation
        for deviation in analysis.comparison.deviations
        if deviation.z >= CLEAR_Z
        and (
            deviation.series.role in _TIMELINE_ROLES
            or deviation is analysis.resources.get(deviation.series.service)
        )
    ]
    worse.sort(key=lambda deviation: (-deviation.z, deviation.series.id))
    return timeline(
        analysis.telemetry, analysis.comparison.onset, worse[:_MAX_SERIES_MOMENTS], analysis.spikes
    )
