"""Whether an action ended an incident: all of its symptoms and alerts, on the same pages afterwards."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from missions.diagnosis import Diagnosis
from missions.evidence import Evidence
from missions.proof import NEEDED_SAMPLES, SETTLED_AFTER_S
from missions.verification import (
    AlertCheck,
    AppliedAction,
    Comparison,
    PanelRef,
    ProofPlan,
    Recovery,
    Verification,
)
from rca.telemetry import Telemetry, telemetry_of
from rca.times import epoch_seconds
from rca.verification_alerts import RESOLVE_S, check_alerts
from rca.verification_decision import SymptomDecision, decide
from rca.verification_measurements import Measurement, counterparts, measurements_of, workload
from rca.verification_plan import longest
from rca.verification_symptoms import IncidentSymptom, Weight, symptoms_of
from rca.verification_traffic import TrafficLevels, with_silence
from rca.verification_words import reason_of


def plan_proof(diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:
    """How long the proof takes if an action is applied to what these pages show."""
    incident = telemetry_of(before)
    measurements = measurements_of(incident)
    symptoms = symptoms_of(measurements, _cited(diagnosis), incident.end)
    shown = [symptom.measurement for symptom in symptoms] or list(measurements)
    proof = longest(shown)
    return ProofPlan(
        seconds=round(proof.seconds + proof.spacing),  # the newest sample may be one step old
        query_window_seconds=max((m.range_seconds for m in shown), default=0.0),
        step_seconds=proof.spacing,
        samples=NEEDED_SAMPLES,
    )


def compare(
    diagnosis: Diagnosis,
    before: tuple[Evidence, ...],
    after: tuple[Evidence, ...],
    action: AppliedAction,
    unread: frozenset[PanelRef] = frozenset(),
) -> Verification:
    """The verification of an action by the pages before and after it.

    Recovered only if every symptom of the incident is within its normal limit, by samples that cover no
    moment before the action's end, and none of its alerts fires. The panels `unread` could not be read after
    the action: what they showed is not seen, and never taken for zero.
    """
    incident = telemetry_of(before)
    latest = telemetry_of(after, incident.identities)  # under the names that the diagnosis has
    ended = _ended(incident, latest, action)
    measurements, others = measurements_of(incident), measurements_of(latest)
    symptoms = symptoms_of(measurements, _cited(diagnosis), incident.end)
    unseen = _unseen_ids(before, after, unread)
    decisions = _decisions(symptoms, measurements, others, unseen, ended, latest.end)
    proof = longest(symptom.measurement for symptom in symptoms)
    service = workload(action.service or (diagnosis.cause.service if diagnosis.cause else ""))
    alerts = check_alerts(
        before,
        after,
        _concerned(diagnosis, decisions, service),
        is_late=latest.end >= ended + proof.seconds + RESOLVE_S,
    )
    return _verification(decisions, alerts, service, proof.seconds, latest.end - ended)


def _cited(diagnosis: Diagnosis) -> frozenset[str]:
    """The ids of the first candidate's series; logs and changes have no levels."""
    return frozenset(
        citation.id
        for candidate in diagnosis.root_cause_candidates[:1]
        for citation in candidate.evidence
        if citation.after is not None
    )


def _ended(incident: Telemetry, latest: Telemetry, action: AppliedAction) -> float:
    """Epoch seconds when the action had ended; later where a page lists that change itself as later."""
    earlier = {change.id for change in incident.changes}
    ended = epoch_seconds(action.ended_at)
    listed = (
        epoch_seconds(change.at)
        for change in latest.changes
        if change.id not in earlier and workload(change.service) == workload(action.service)
    )
    return max([ended, incident.end, *listed])


def _unseen_ids(
    before: tuple[Evidence, ...], after: tuple[Evidence, ...], unread: frozenset[PanelRef]
) -> frozenset[str]:
    """The ids of the series whose page or panel was not read after the action."""
    seen = {page.target for page in after}
    return frozenset(
        series.id
        for page in before
        for series in page.series
        if page.target not in seen or PanelRef(page.target, series.panel) in unread
    )


def _decisions(
    symptoms: Sequence[IncidentSymptom],
    measurements: Sequence[Measurement],
    others: Sequence[Measurement],
    unseen: frozenset[str],
    ended: float,
    now: float,
) -> tuple[SymptomDecision, ...]:
    usual, current = TrafficLevels(measurements), TrafficLevels(others)
    decisions = []
    for symptom in symptoms:
        before = symptom.measurement
        after = counterparts(before, others)
        if not before.ids & unseen:
            template = after or before.without_samples()
            filled = with_silence(template, current, now)
            after = filled if filled.times.size else after
        idle = current.is_idle(before.service, usual.usual(before.service), ended)
        decisions.append(decide(symptom, after, ended, now, idle=idle and before.sign > 0))
    return tuple(decisions)


def _concerned(diagnosis: Diagnosis, decisions: Iterable[SymptomDecision], service: str) -> Collection[str]:
    """The services of the incident: those with symptoms, the cause's and the action's."""
    named = {decision.symptom.measurement.service for decision in decisions} | {service}
    return named | {workload(candidate.service) for candidate in diagnosis.root_cause_candidates[:1]}


def _verification(
    decisions: tuple[SymptomDecision, ...],
    alerts: tuple[AlertCheck, ...],
    service: str,
    proof_s: float,
    watched_s: float,
) -> Verification:
    recovery = _recovery(decisions, alerts, service, too_early=watched_s < proof_s)
    if recovery is not Recovery.RECOVERED and watched_s < SETTLED_AFTER_S:
        recovery, proof_s = Recovery.UNKNOWN, max(proof_s, SETTLED_AFTER_S)
    reason, missing, still_bad = reason_of(recovery, decisions, alerts, service, proof_s, watched_s)
    return Verification(
        recovery=recovery,
        reason=reason,
        comparisons=tuple(_comparison(decision) for decision in decisions),
        alerts=alerts,
        missing=missing,
        still_bad=still_bad,
    )


def _recovery(
    decisions: tuple[SymptomDecision, ...],
    alerts: tuple[AlertCheck, ...],
    service: str,
    *,
    too_early: bool,
) -> Recovery:
    decisive = [decision for decision in decisions if decision.symptom.weight is Weight.DECISIVE]
    own = [decision for decision in decisive if decision.symptom.measurement.service == service]
    bad = [decision for decision in decisive if decision.recovery is Recovery.NOT_RECOVERED]
    firing = [alert for alert in alerts if alert.recovery is Recovery.NOT_RECOVERED]
    if not (decisive or alerts) or too_early:
        return Recovery.UNKNOWN
    cured = bool(own) and all(decision.recovery is Recovery.RECOVERED for decision in own)
    if bad:
        return Recovery.STILL_BAD_ELSEWHERE if cured else Recovery.NOT_RECOVERED
    if firing and not decisive:
        return Recovery.NOT_RECOVERED
    well = bool(decisive) and all(decision.recovery is Recovery.RECOVERED for decision in decisive)
    if not well or any(decision.recovery is Recovery.NOT_RECOVERED for decision in decisions):
        return Recovery.UNKNOWN
    if all(alert.recovery is Recovery.RECOVERED for alert in alerts):
        return Recovery.RECOVERED
    # An alert about the service itself contradicts its panels: that is no reason to undo anything.
    elsewhere = bool(firing) and all(alert.service not in {"", service} for alert in firing)
    return Recovery.STILL_BAD_ELSEWHERE if cured and elsewhere else Recovery.UNKNOWN


def _comparison(decision: SymptomDecision) -> Comparison:
    """In the panel's own sign: where lower is worse, the limit is a minimum and the range is reversed."""
    symptom, levels = decision.symptom, decision.symptom.levels
    low, high = sorted((symptom.sign * decision.low, symptom.sign * decision.high))
    return Comparison(
        id=min(symptom.measurement.ids),
        service=symptom.measurement.service,
        metric=symptom.measurement.metric,
        unit=symptom.measurement.unit,
        normal=symptom.sign * levels.normal,
        incident=symptom.sign * levels.incident,
        after=_finite(symptom.sign * decision.level),
        limit=symptom.sign * levels.good,
        recovery=decision.recovery,
        samples=decision.samples,
        low=_finite(low),
        high=_finite(high),
        chance=decision.chance,
        reason=decision.reason,
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
