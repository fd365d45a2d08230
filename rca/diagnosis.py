"""The diagnosis of what pages showed: found, healthy, or inconclusive with the missing evidence."""

from dataclasses import replace

import numpy as np

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence
from missions.plain import plain
from rca.anomalies import MIN_SAMPLES, elevated_throughout
from rca.engine import analyze
from rca.reported_symptom import reported_symptom
from rca.roles import SYMPTOMS
from rca.series import TimeSeries
from rca.summary import summary_of
from rca.telemetry import Telemetry, telemetry_of
from rca.times import epoch_seconds

_RECORDING_STEP = 10.0  # seconds between samples from which telemetry is a recording
_RECORDING_SAMPLES = 200  # samples from which it is one
_MIN_LEAD = 60.0  # seconds of samples before a window that make its start a hint
_STALE = 30.0  # seconds without a sample after which a series does not show the present
_MAX_MISSING = 20


def diagnose(symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
    """The diagnosis of the evidence; `symptom` is a sentence, or "".

    The same evidence has the same diagnosis, and malformed evidence raises no error. A short live window is
    called healthy only if it shows latency and errors of every service up to its end.
    """
    telemetry = telemetry_of(evidence)
    reported = reported_symptom(symptom, telemetry.services, telemetry.identities)
    hint = _hint(telemetry, evidence)
    live = _is_live(telemetry)
    fresh = tuple(series for series in telemetry.series if not live or _is_fresh(series, telemetry.end))
    used = replace(telemetry, series=fresh, named_services=telemetry.services)
    diagnosis = analyze(used, reported, hint)
    if reported is not None and diagnosis.verdict is not DiagnosisVerdict.FOUND:
        # A sentence may name a service that is well: people report what they wanted, not what broke.
        unfocused = analyze(used, None, hint)
        diagnosis = unfocused if unfocused.verdict is DiagnosisVerdict.FOUND else diagnosis
    if live:
        diagnosis = _checked(diagnosis, telemetry, fresh)
    primary = plain(symptom) if symptom.strip() else diagnosis.primary_symptom
    return diagnosis.model_copy(update={"primary_symptom": primary})


def missing_evidence(telemetry: Telemetry, fresh: tuple[TimeSeries, ...]) -> tuple[str, ...]:
    """What a healthy verdict needs and lacks: latency and errors of every service, up to now."""
    if not telemetry.series:
        return ("no metrics were seen",)
    missing = []
    if not any(series.role in SYMPTOMS for series in telemetry.series):
        missing.append("no latency or error metrics were seen")
    for service in telemetry.services:
        for role in sorted(SYMPTOMS):
            of_role = [
                series for series in telemetry.series if series.service == service and series.role is role
            ]
            usable = [series for series in of_role if series in fresh and series.size >= MIN_SAMPLES]
            if of_role and not usable:
                most = max(series.size for series in of_role)
                missing.append(f"{plain(service)}: too few recent samples of {role} ({most})")
            elif not of_role:
                missing.append(f"{plain(service)}: no {role} metric")
    return tuple(missing[:_MAX_MISSING])


def _checked(diagnosis: Diagnosis, telemetry: Telemetry, fresh: tuple[TimeSeries, ...]) -> Diagnosis:
    """The diagnosis; inconclusive instead of healthy where evidence is missing."""
    if diagnosis.verdict is DiagnosisVerdict.FOUND or (
        diagnosis.verdict is DiagnosisVerdict.INCONCLUSIVE and diagnosis.onset is not None
    ):
        return diagnosis
    failing = sorted({plain(series.service) for series in fresh if elevated_throughout(series)})
    missing = missing_evidence(telemetry, fresh)
    if failing:
        names = ", ".join(failing)
        missing = (*missing, f"the time before the incident: {names} failed during the whole window")
        headline = f"Errors of {names} began before the observed window."
    elif missing:
        headline = "Nothing unusual was found, but the evidence is incomplete."
    else:
        return diagnosis
    missing = tuple(dict.fromkeys((*diagnosis.missing_evidence, *missing)))
    return diagnosis.model_copy(
        update={
            "verdict": DiagnosisVerdict.INCONCLUSIVE,
            "summary": summary_of((), missing, headline),
            "missing_evidence": missing,
            "root_cause_candidates": (),
        }
    )


def _is_live(telemetry: Telemetry) -> bool:
    """Whether this is a live window and no recording: few samples, close together."""
    sampled = [series for series in telemetry.series if series.size > 1]
    if not sampled:
        return True
    size = float(np.median([series.size for series in sampled]))
    step = float(np.median([series.step for series in sampled]))
    return step < _RECORDING_STEP and size < _RECORDING_SAMPLES


def _hint(telemetry: Telemetry, evidence: tuple[Evidence, ...]) -> float | None:
    """The window's start, epoch seconds, if samples begin clearly earlier: it is when the incident began."""
    start = min((epoch_seconds(page.window.start) for page in evidence), default=0.0)
    first = min((float(series.times[0]) for series in telemetry.series if series.size), default=start)
    return start if first + _MIN_LEAD < start < telemetry.end else None


def _is_fresh(series: TimeSeries, end: float) -> bool:
    return series.size > 0 and float(series.times[-1]) >= end - _STALE
