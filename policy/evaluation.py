"""Evaluates a policy. Pure: the same policy and request give the same decision."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from missions.proposal import Effect
from policy.rules import DEFAULT_RULE, KILL_SWITCH, Match, Policy, Severity


class PolicyRequest(BaseModel):
    """An action, its target and its caller at a time. `severity` can only raise the policy's own rating.

    `organization` is the one with whose authority the caller acts; "" fits only rules that name none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization: str
    tool: str
    action: str
    service: str
    environment: str
    caller_type: str
    at: AwareDatetime
    severity: Severity = Severity.SAFE


class PolicyDecision(BaseModel):
    """The effect, and the rule that gave it."""

    model_config = ConfigDict(frozen=True)

    effect: Effect
    severity: Severity
    rule: str
    reason: str
    group: str | None = None


def evaluate(policy: Policy, request: PolicyRequest) -> PolicyDecision:
    """The kill switch, else the first rule that matches, else the default."""
    severity = rated(policy, request.action, request.severity)
    if policy.kill_switch:
        reason = "The policy's kill switch is on: nothing is done."
        return PolicyDecision(effect=Effect.DENY, severity=severity, rule=KILL_SWITCH, reason=reason)
    open_windows = windows_at(policy, request.at)
    for rule in policy.rules:
        if matches(rule.match, request, severity, open_windows):
            reason = rule.reason or f"Rule {rule.id} matched."
            return PolicyDecision(
                effect=rule.effect, severity=severity, rule=rule.id, reason=reason, group=rule.group
            )
    return PolicyDecision(
        effect=policy.default_effect, severity=severity, rule=DEFAULT_RULE, reason="No rule matched."
    )


def rated(policy: Policy, action: str, claimed: Severity) -> Severity:
    """The action's severity: the higher of the policy's rating and the claimed one."""
    return max(policy.severities.get(action, Severity.CRITICAL), claimed)


def windows_at(policy: Policy, at: datetime) -> frozenset[str]:
    """The names of the windows that contain this time."""
    return frozenset(name for name, window in policy.windows.items() if window.holds(at))


def matches(match: Match, request: PolicyRequest, severity: Severity, open_windows: AbstractSet[str]) -> bool:
    """Whether every condition of the match holds."""
    patterns = (
        (match.organization, request.organization),
        (match.tool, request.tool),
        (match.action, request.action),
        (match.service, request.service),
        (match.environment, request.environment),
        (match.caller_type, request.caller_type),
    )
    return (
        all(pattern is None or _fits(pattern, name) for pattern, name in patterns)
        and (match.min_severity is None or severity >= match.min_severity)
        and (match.max_severity is None or severity <= match.max_severity)
        and (match.during is None or match.during in open_windows)
        and (match.outside is None or match.outside not in open_windows)
    )


def policy_of(policy: Policy, organization: str) -> Policy:
    """What of the policy applies to one organization: without rules and windows of others only."""
    rules = tuple(rule for rule in policy.rules if _concerns(rule.match, organization))
    others = {name for rule in policy.rules if rule not in rules for name in rule.match.windows}
    hidden = others - {name for rule in rules for name in rule.match.windows}
    windows = {name: window for name, window in policy.windows.items() if name not in hidden}
    return policy.model_copy(update={"rules": rules, "windows": windows})


def _concerns(match: Match, organization: str) -> bool:
    return match.organization is None or _fits(match.organization, organization)


def _fits(pattern: str, name: str) -> bool:
    """Whether the name matches; each `*` is any text. It never goes back, so its time has a bound."""
    first, *rest = pattern.split("*")
    if not rest:
        return name == first
    *between, last = rest
    end = len(name) - len(last)
    if not (name.startswith(first) and name.endswith(last)):
        return False
    # The first place of each part is as good as a later one, as `*` takes any text.
    start = len(first)
    for part in between:
        index = name.find(part, start, end)
        if index < 0:
            return False
        start = index + len(part)
    return start <= end
