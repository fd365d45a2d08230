"""The engine: from telemetry to a diagnosis."""

import math

from missions.diagnosis import Candidate, Diagnosis, DiagnosisVerdict, Moment, ServiceGraph
from missions.plain import plain
from rca.analysis import Analysis, analysis_of
from rca.candidates import candidate_of
from rca.health import bad_throughout, doubts_about_health, lost_services, monitoring_gap
from rca.identified import identified
from rca.reported_symptom import ReportedSymptom, renamed_report
from rca.signals import SYMPTOMS, Signal
from rca.summary import summary_of
from rca.telemetry import Telemetry, resolved
from rca.timeline import timeline
from rca.times import utc

ENGINE = "ops-agent-rca/3"

_MIN_CLAIM = 0.5  # confidence from which a cause is claimed
_INCIDENT = 0.5  # probability from which there is taken to be an incident
_NO_INCIDENT = 0.3  # probability below which a system may be healthy
_MOST_BRIEF = 0.95  # share of the time since the onset without symptoms from which it was a moment only
_MIN_RIVAL = 0.1  # confidence of an unmeasured candidate from which its metrics count as missing
_MAX_SERIES_MOMENTS = 30
_MAX_CANDIDATES = 5
_UNEXPLAINED = frozenset({"error_spike", "latency_degradation"})
_TIMELINE = SYMPTOMS | {Signal.SELF_TIME, Signal.OWN_ERRORS, Signal.SATURATION, Signal.UP, Signal.QUEUE}


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
    return diagnosis_of(analysis, telemetry, listed=reported is not None or onset is not None)


def diagnosis_of(analysis: Analysis, telemetry: Telemetry, *, listed: bool) -> Diagnosis:
    """The diagnosis of an analysis of this telemetry; `listed`: candidates of a healthy system are, too."""
    ranked = list(analysis.origins)[:_MAX_CANDIDATES]
    verdict, headline, doubts = _judge(analysis, ranked)
    candidates: tuple[Candidate, ...] = ()
    began_earlier = bad_throughout(analysis) and analysis.incident < _INCIDENT  # there is no normal time
    if not _comparable(analysis) or monitoring_gap(analysis) or began_earlier:
        ranked = []
    if listed or verdict is not DiagnosisVerdict.HEALTHY:
        candidates = _candidates(analysis, ranked)
    if verdict is DiagnosisVerdict.FOUND and (not candidates or candidates[0].service != ranked[0]):
        verdict, headline = DiagnosisVerdict.INCONCLUSIVE, "No evidence can be cited for the likeliest cause."
    missing = (*doubts, *_missing(analysis, verdict, candidates))
    healthy = verdict is DiagnosisVerdict.HEALTHY
    began = analysis.recording.onset
    diagnosis = Diagnosis(
        verdict=verdict,
        summary=summary_of(candidates, missing, headline),
        primary_symptom="" if healthy and analysis.reported is None else _primary_symptom(analysis),
        root_cause_candidates=candidates,
        service_graph=ServiceGraph(services=telemetry.services, dependencies=telemetry.dependencies),
        timeline=_timeline(analysis, healthy=healthy),
        missing_evidence=missing,
        onset=None if began is None or healthy else utc(began),
        engine=ENGINE,
    )
    return identified(diagnosis, telemetry)


def _candidates(analysis: Analysis, ranked: list[str]) -> tuple[Candidate, ...]:
    candidates = (
        candidate_of(analysis, name, analysis.incident * analysis.origins.get(name, 0.0)) for name in ranked
    )
    return tuple(candidate for candidate in candidates if candidate is not None)


def _judge(analysis: Analysis, ranked: list[str]) -> tuple[DiagnosisVerdict, str, tuple[str, ...]]:
    """The verdict with its headline, and what stands against "healthy"."""
    if monitoring_gap(analysis):
        headline = "The monitoring itself has a gap: nearly all series end at the same time."
        return DiagnosisVerdict.INCONCLUSIVE, headline, ("samples up to the end of the window",)
    if not ranked or not _comparable(analysis):
        headline = (
            "No series can be compared with normal operation, and no log line or alert tells of a fault."
        )
        return DiagnosisVerdict.INCONCLUSIVE, headline, ()
    first = plain(ranked[0])
    if analysis.incident < _INCIDENT or analysis.strength.brief > _MOST_BRIEF:
        doubts = doubts_about_health(analysis)
        if not doubts and analysis.incident < _NO_INCIDENT:
            return DiagnosisVerdict.HEALTHY, "No service is clearly worse than in normal operation.", ()
        if not doubts:
            headline = "Something is unusual, but too little to be called an incident."
            return DiagnosisVerdict.INCONCLUSIVE, headline, ()
        return DiagnosisVerdict.INCONCLUSIVE, f"It cannot be said that all is well: {doubts[0]}.", doubts
    if analysis.incident * analysis.origins[ranked[0]] >= _MIN_CLAIM:
        onset = analysis.recording.onset
        when = "" if onset is None else f" at {utc(onset):%H:%M:%S}Z"
        headline = f"The incident most likely began in {first}{when}{_ending(analysis)}."
        return DiagnosisVerdict.FOUND, headline, ()
    others = " or ".join(map(plain, ranked[1:3])) or "another service"
    headline = f"{first} is the most likely origin, but it may also be {others}."
    return DiagnosisVerdict.INCONCLUSIVE, headline, ()


def _ending(analysis: Analysis) -> str:
    """Words about the end of an incident that is over; "" where anything goes on."""
    worse = [shift for shift in analysis.shifts if shift.clear and shift.series.signal in SYMPTOMS]
    goes_on = bool(analysis.alerts or lost_services(analysis))
    over = bool(worse) and all(shift.recovered for shift in worse) and not goes_on
    return ", and its symptoms are over" if over else ""


def _comparable(analysis: Analysis) -> bool:
    """Whether anything can speak for a service at all."""
    compared = any(math.isfinite(shift.before) and shift.samples for shift in analysis.shifts)
    return compared or bool(analysis.alerts) or bool(analysis.spikes) or any(s.ended for s in analysis.shifts)


def _missing(
    analysis: Analysis, verdict: DiagnosisVerdict, candidates: tuple[Candidate, ...]
) -> tuple[str, ...]:
    """Evidence that would make the diagnosis more certain."""
    if not analysis.telemetry.series:
        return ("no metrics were seen",)
    missing = []
    measured = {
        name
        for shifts in (analysis.evidence.latency, analysis.evidence.errors)
        for name, shift in shifts.items()
        if math.isfinite(shift.before)
    }
    if not measured:
        missing.append("no latency or error metrics with a normal time to compare with")
    if len(analysis.origins) > 1 and not analysis.telemetry.dependencies:
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
    """The reported symptom, else the strongest one."""
    if analysis.reported:
        parts = filter(None, (analysis.reported.service, analysis.reported.metric))
        return " ".join(map(plain, parts))
    symptoms = [shift for shift in analysis.shifts if shift.series.signal in SYMPTOMS and shift.z > 0]
    worst = max(symptoms, key=lambda shift: (shift.strength, shift.z), default=None)
    return "" if worst is None else f"{plain(worst.series.service)} {plain(worst.series.metric)}"


def _timeline(analysis: Analysis, *, healthy: bool) -> tuple[Moment, ...]:
    """Changes and what became worse; of a healthy system only the changes."""
    onset = analysis.recording.onset
    if healthy:
        return timeline(analysis.telemetry, onset, (), ())
    worse = [shift for shift in analysis.shifts if shift.clear and shift.series.signal in _TIMELINE]
    worse.sort(key=lambda shift: (-shift.strength, shift.series.id))
    return timeline(analysis.telemetry, onset, worse[:_MAX_SERIES_MOMENTS], analysis.spikes, analysis.alerts)
