"""The diagnosis of what pages showed: found, healthy, or inconclusive with the missing evidence."""

from dataclasses import replace

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence
from missions.plain import plain
from rca.constants import CONSTANTS
from rca.engine import analyze
from rca.reported_symptom import reported_symptom
from rca.signals import SYMPTOMS, Signal
from rca.summary import summary_of
from rca.telemetry import Telemetry, telemetry_of
from rca.times import epoch_seconds

_MIN_LEAD = 60.0  # seconds of samples before a window that make its start a hint
_MIN_SAMPLES = 10
_MAX_MISSING = 20


def diagnose(symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
    """The diagnosis of the evidence; `symptom` is a sentence, or "".

    The same evidence has the same diagnosis, and malformed evidence raises no error. Pages are called healthy
    only if they show latency and errors, up to the window's end, of every service that answers requests.
    """
    telemetry = telemetry_of(evidence)
    reported = reported_symptom(symptom, telemetry.services, telemetry.identities)
    hint = _hint(telemetry, evidence)
    used = replace(telemetry, named_services=telemetry.services)
    diagnosis = analyze(used, reported, hint)
    if reported is not None and diagnosis.verdict is not DiagnosisVerdict.FOUND:
        # A sentence may name a service that is well: people report what they wanted, not what broke.
        unfocused = analyze(used, None, hint)
        diagnosis = unfocused if unfocused.verdict is DiagnosisVerdict.FOUND else diagnosis
    if diagnosis.verdict is not DiagnosisVerdict.FOUND:
        diagnosis = _checked(diagnosis, missing_evidence(telemetry))
    primary = plain(symptom) if symptom.strip() else diagnosis.primary_symptom
    return diagnosis.model_copy(update={"primary_symptom": primary})


def missing_evidence(telemetry: Telemetry) -> tuple[str, ...]:
    """What a healthy verdict lacks: latency and errors, up to now, of every service with requests."""
    end = telemetry.end if telemetry.until is None else max(telemetry.end, telemetry.until)
    missing = []
    for service in telemetry.services:
        mine = [series for series in telemetry.series if series.service == service]
        if not any(series.signal in SYMPTOMS | {Signal.TRAFFIC} for series in mine):
            continue
        for signal in sorted(SYMPTOMS):
            of_signal = [series for series in mine if series.signal is signal]
            most = max((series.size for series in of_signal), default=0)
            newest = max((float(series.times[-1]) for series in of_signal if series.size), default=0.0)
            step = min((series.step for series in of_signal if series.size > 1), default=0.0)
            if not of_signal:
                missing.append(f"{plain(service)}: no {signal} metric")
            elif most < _MIN_SAMPLES or end - newest > max(CONSTANTS.ended * step, 1.0):
                missing.append(f"{plain(service)}: too few recent samples of {signal} ({most})")
    return tuple(missing[:_MAX_MISSING])


def _checked(diagnosis: Diagnosis, missing: tuple[str, ...]) -> Diagnosis:
    """The diagnosis; inconclusive instead of healthy where evidence is missing."""
    if not missing:
        return diagnosis
    missing = tuple(dict.fromkeys((*diagnosis.missing_evidence, *missing)))
    if diagnosis.verdict is DiagnosisVerdict.INCONCLUSIVE:
        return diagnosis.model_copy(update={"missing_evidence": missing})
    headline = "Nothing unusual was found, but the evidence is incomplete."
    return diagnosis.model_copy(
        update={
            "verdict": DiagnosisVerdict.INCONCLUSIVE,
            "summary": summary_of((), missing, headline),
            "missing_evidence": missing,
            "root_cause_candidates": (),
        }
    )


def _hint(telemetry: Telemetry, evidence: tuple[Evidence, ...]) -> float | None:
    """The window's start, epoch seconds, if samples begin clearly earlier: it is when the incident began."""
    start = min((epoch_seconds(page.window.start) for page in evidence), default=0.0)
    first = min((float(series.times[0]) for series in telemetry.series if series.size), default=start)
    return start if first + _MIN_LEAD < start < telemetry.end else None
