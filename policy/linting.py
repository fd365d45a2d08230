"""Finds mistakes in a valid policy: rules that never decide, and rules that allow too much.

It evaluates every kind of request: a policy names finitely many values, so there are finitely many kinds.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from itertools import combinations, product
from math import prod
from typing import NamedTuple

from missions.proposal import Effect
from policy.evaluation import PolicyRequest, matches, policy_of, rated
from policy.rules import DEFAULT_RULE, Policy, Rule, Severity

_FIELDS = (
    *("organization", "tool", "action", "service"),
    *("environment", "cluster", "namespace", "caller_type"),
)
_OTHER = "something-else"
_MOST_REQUESTS = 500_000  # kinds of requests that are evaluated
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # any time: each window is tried open and closed


class ComplaintKind(StrEnum):
    """The kind of a complaint."""

    UNREACHABLE = "unreachable"
    ALLOWS_TOO_MUCH = "allows-too-much"
    UNKNOWN_ACTION = "unknown-action"
    UNUSED_WINDOW = "unused-window"
    KILL_SWITCH = "kill-switch"
    TOO_LARGE = "too-large"


class Complaint(NamedTuple):
    """One mistake: its kind, the rule, window or action that it is about, and the reason."""

    fault: ComplaintKind
    about: str
    reason: str


def lint(policy: Policy, catalog: frozenset[str], organization: str | None = None) -> tuple[Complaint, ...]:
    """All complaints, in the order of the file. `catalog` holds the actions that can be proposed.

    With an organization only those about its own part of the policy.
    """
    if organization is not None:
        policy = policy_of(policy, organization)
    return (
        *_switched_off(policy),
        *_unknown_actions(policy, catalog),
        *_unused_windows(policy),
        *_unreachable(policy, _universe(policy, catalog, organization)),
        *_too_wide(policy),
    )


def _switched_off(policy: Policy) -> Iterator[Complaint]:
    if policy.kill_switch:
        yield Complaint(ComplaintKind.KILL_SWITCH, "killSwitch", "it is on: everything is denied")


def _unknown_actions(policy: Policy, catalog: frozenset[str]) -> Iterator[Complaint]:
    named = [(f"severities.{action}", action) for action in policy.severities]
    named += [(rule.id, rule.match.action) for rule in policy.rules if rule.match.action]
    for about, action in named:
        if "*" not in action and action not in catalog:
            yield Complaint(ComplaintKind.UNKNOWN_ACTION, about, f"nothing can propose {action}")
    for action in sorted(catalog - policy.severities.keys()):
        yield Complaint(
            ComplaintKind.UNKNOWN_ACTION, f"severities.{action}", "it is not rated, so it is critical"
        )


def _unused_windows(policy: Policy) -> Iterator[Complaint]:
    used = {name for rule in policy.rules for name in rule.match.windows}
    for name in policy.windows:
        if name not in used:
            yield Complaint(ComplaintKind.UNUSED_WINDOW, name, "no rule names it")


def _unreachable(policy: Policy, values: list[list[str]]) -> Iterator[Complaint]:
    """`values` has the values of each field that are tried."""
    windows = [
        frozenset(names)
        for size in range(len(policy.windows) + 1)
        for names in combinations(policy.windows, size)
    ]
    if prod(map(len, values)) * len(windows) * len(Severity) > _MOST_REQUESTS:
        yield Complaint(
            ComplaintKind.TOO_LARGE, "rules", "too many names to try whether every rule can decide"
        )
        return
    decided, shadows = set[str](), dict[str, set[str]]()
    for combination in product(*values):
        fields = dict(zip(_FIELDS, combination, strict=True))
        for severity in range(rated(policy, fields["action"], Severity.SAFE), len(Severity)):
            request = PolicyRequest(**fields, at=_EPOCH, severity=Severity(severity))
            for open_windows in windows:
                hits = [r for r in policy.rules if matches(r.match, request, request.severity, open_windows)]
                decided.update(rule.id for rule in hits[:1])
                for later in hits[1:]:
                    shadows.setdefault(later.id, set()).add(hits[0].id)
    for rule in policy.rules:
        if rule.id not in decided:
            yield Complaint(ComplaintKind.UNREACHABLE, rule.id, _never(shadows.get(rule.id)))


def _never(shadowed_by: set[str] | None) -> str:
    if shadowed_by is None:
        return "no request can match it"
    return f"it never decides: {', '.join(sorted(shadowed_by))} come first"


def _universe(policy: Policy, catalog: frozenset[str], organization: str | None) -> list[list[str]]:
    """For each field, one value of every kind that the policy distinguishes; one organization if given."""
    universe = []
    for field in _FIELDS:
        if field == "organization" and organization is not None:
            universe.append([organization])
            continue
        patterns = {getattr(rule.match, field) for rule in policy.rules} - {None}
        names = {pattern.replace("*", _OTHER) for pattern in patterns}
        names |= {pattern.replace("*", "") for pattern in patterns} - {""}
        if field == "action":
            names |= catalog | policy.severities.keys()
        universe.append(sorted(names | {_OTHER}))
    return universe


def _too_wide(policy: Policy) -> Iterator[Complaint]:
    for rule in policy.rules:
        if rule.effect is Effect.ALLOW:
            for reason in _excess(rule):
                yield Complaint(ComplaintKind.ALLOWS_TOO_MUCH, rule.id, reason)
    if policy.default_effect is Effect.ALLOW:
        yield Complaint(
            ComplaintKind.ALLOWS_TOO_MUCH,
            DEFAULT_RULE,
            "an action without a matching rule is allowed without a person",
        )


def _excess(rule: Rule) -> Iterator[str]:
    """The ways in which an allowing rule is wider than its text."""
    match = rule.match
    named = {
        "organization": match.organization,
        "action": match.action,
        "environment": match.environment,
    }
    for field, pattern in named.items():
        if pattern is None or not pattern.strip("*"):
            yield f"it names no {field}, so it allows every one"
    # A rating is a floor, because a caller may claim more: only the rule's own maxSeverity is a ceiling.
    highest = Severity.CRITICAL if match.max_severity is None else match.max_severity
    if highest > Severity.MEDIUM:
        yield f"it reaches severity {highest.name.lower()} without a person: give it a maxSeverity"
    if not rule.reason:
        yield "it gives no reason, and the audit trail would show none"
