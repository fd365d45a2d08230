"""The sentences of a verification: what is well again, what is still bad, and what is missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from missions.verification import AlertCheck, Recovery
from rca.verification_decision import SymptomDecision

_NAMED = 4  # measurements that a sentence names; the comparisons list all
_LONGEST = 60  # characters of a metric in a sentence: it may be a whole expression


def reason_of(
    recovery: Recovery,
    decisions: Sequence[SymptomDecision],
    alerts: Sequence[AlertCheck],
    service: str,
    proof_s: float,
    watched_s: float,
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The reason, what is missing, and the services that are still bad; times in seconds."""
    bad = [decision for decision in decisions if decision.recovery is Recovery.NOT_RECOVERED]
    firing = [alert for alert in alerts if alert.fires]
    still_bad = tuple(sorted({*(d.symptom.measurement.service for d in bad), *_services(firing)} - {""}))
    missing = _missing(decisions, alerts, proof_s, watched_s)
    well = sum(decision.recovery is Recovery.RECOVERED for decision in decisions)
    match recovery:
        case Recovery.RECOVERED:
            quiet = f", and none of {len(alerts)} alerts fires" if alerts else ""
            count = f"All {well}" if well == len(decisions) else f"{well} of {len(decisions)}"
            rest = "" if well == len(decisions) else ", none is still bad"
            return f"{count} measurements of the incident are back to normal{rest}{quiet}.", (), ()
        case Recovery.STILL_BAD_ELSEWHERE:
            return (
                f"{service} is back to normal. Still bad elsewhere: {_bad(bad, firing)}.",
                missing,
                still_bad,
            )
        case Recovery.NOT_RECOVERED:
            return f"Still bad: {_bad(bad, firing)}.", missing, still_bad
    if not decisions and not alerts:
        return "No measurement on these pages showed the incident.", missing, ()
    progress = f"{well} of {len(decisions)} measurements are back to normal. "
    return f"{progress}Not known yet: {'; '.join(missing)}.", missing, still_bad


def _missing(
    decisions: Iterable[SymptomDecision], alerts: Iterable[AlertCheck], proof_s: float, watched_s: float
) -> tuple[str, ...]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for decision in decisions:
        if decision.recovery in {Recovery.UNKNOWN, Recovery.NOT_RECOVERED}:
            reasons[decision.reason].append(_name(decision))
    missing = [f"{reason}: {_listed(names)}" for reason, names in reasons.items()]
    for alert in alerts:
        if alert.recovery is not Recovery.RECOVERED:
            state = "still fires" if alert.fires else "was not seen"
            missing.append(f"the alert {alert.name} {state}")
    if watched_s < proof_s:
        missing.append(f"{max(watched_s, 0):.0f} of {proof_s:.0f} seconds that the proof takes")
    return tuple(missing)


def _bad(bad: Sequence[SymptomDecision], firing: Sequence[AlertCheck]) -> str:
    alerts = [f"the alert {alert.name}" + (f" of {alert.service}" * bool(alert.service)) for alert in firing]
    return _listed([*map(_name, bad), *alerts])


def _services(alerts: Iterable[AlertCheck]) -> set[str]:
    return {alert.service for alert in alerts}


def _name(decision: SymptomDecision) -> str:
    measurement = decision.symptom.measurement
    text = measurement.metric
    metric = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f"{metric} of {measurement.service}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
