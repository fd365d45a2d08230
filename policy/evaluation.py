"""What the policy says of a request. Pure: same policy, same request, same answer."""

import re
from collections.abc import Set as AbstractSet
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from missions.proposal import Effect
from policy.rules import DEFAULT_RULE, KILL_SWITCH, Match, Policy, Severity


class Request(BaseModel):
    """What is to be judged, and when. `severity` only raises what the policy says of the action."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    action: str
    service: str
    environment: str
    caller_type: str
    at: AwareDatetime
    severity: Severity = Severity.SAFE


class Judgement(BaseModel):
    """The effect with the rule that said so."""

    model_config = ConfigDict(frozen=True)

    effect: Effect
    severity: Severity
    rule: str
    reason: str
    group: str | None = None


def evaluate(policy: Policy, request: Request) -> Judgement:
    """The kill switch, else the first rule that matches, else the default."""
    severity = rated(policy, request.action, request.severity)
    if policy.kill_switch:
        reason = "The policy's kill switch is on: nothing is done."
        return Judgement(effect=Effect.DENY, severity=severity, rule=KILL_SWITCH, reason=reason)
    open_windows = windows_at(policy, request.at)
    for rule in policy.rules:
        if matches(rule.match, request, severity, open_windows):
            reason = rule.reason or f"Rule {rule.id} matched."
            return Judgement(
                effect=rule.effect, severity=severity, rule=rule.id, reason=reason, group=rule.group
            )
    return Judgement(
        effect=policy.default_effect, severity=severity, rule=DEFAULT_RULE, reason="No rule matched."
    )


def rated(policy: Policy, action: str, claimed: Severity) -> Severity:
    """The action's severity: the policy's rating, raised by what is claimed of it."""
    return max(policy.severities.get(action, Severity.CRITICAL), claimed)


def windows_at(policy: Policy, at: datetime) -> frozenset[str]:
    """The names of the windows that hold this moment."""
    return frozenset(name for name, window in policy.windows.items() if window.holds(at))


def matches(match: Match, request: Request, severity: Severity, open_windows: AbstractSet[str]) -> bool:
    """Whether all that the match gives holds."""
    named = (
        (match.tool, request.tool),
        (match.action, request.action),
        (match.service, request.service),
        (match.environment, request.environment),
        (match.caller_type, request.caller_type),
    )
    return (
        all(wanted is None or _fits(wanted, given) for wanted, given in named)
        and (match.min_severity is None or severity >= match.min_severity)
        and (match.max_severity is None or severity <= match.max_severity)
        and (match.during is None or match.during in open_windows)
        and (match.outside is None or match.outside not in open_windows)
    )


def _fits(pattern: str, name: str) -> bool:
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), name, re.DOTALL) is not None
