"""Evaluates a policy. Pure: the same policy and request give the same decision."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import product

from pydantic import AwareDatetime, BaseModel, ConfigDict

from missions.proposal import Effect
from policy.rules import DEFAULT_RULE, KILL_SWITCH, Match, Policy, Severity

_STRICTNESS = {Effect.ALLOW: 0, Effect.REVIEW: 1, Effect.DENY: 2}


class PolicyRequest(BaseModel):
    """An action, its target and its caller at a time. `severity` can only raise the policy's own rating.

    `organization` is the one with whose authority the caller acts; "" fits only rules that name none. A
    `cluster` or `namespace` that is not known is "".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization: str
    tool: str
    action: str
    service: str
    environment: str
    cluster: str = ""
    namespace: str = ""
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
    """The kill switch, else the first rule that matches, else the default.

    If the cluster or the namespace is not known, and rules name one, the action may be in each of them: the
    strictest decision counts.
    """
    decisions = [_decided(policy, possible) for possible in _possible(policy, request)]
    return max(decisions, key=lambda decision: _STRICTNESS[decision.effect])


def _possible(policy: Policy, request: PolicyRequest) -> Iterator[PolicyRequest]:
    """The request, and one in every kind of place that the rules distinguish where its place is not known."""
    clusters, namespaces = (
        {value} if value else {"", *names}
        for value, names in (
            (request.cluster, named_values(rule.match.cluster for rule in policy.rules)),
            (request.namespace, named_values(rule.match.namespace for rule in policy.rules)),
        )
    )
    for cluster, namespace in product(sorted(clusters), sorted(namespaces)):
        yield request.model_copy(update={"cluster": cluster, "namespace": namespace})


def named_values(patterns: Iterable[str | None]) -> set[str]:
    """A value for each pattern that names one: one that fits it."""
    return {pattern.replace("*", "") for pattern in patterns if pattern is not None} - {""}


def _decided(policy: Policy, request: PolicyRequest) -> PolicyDecision:
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
        (match.cluster, request.cluster),
        (match.namespace, request.namespace),
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
