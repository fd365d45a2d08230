"""E4.3: a rule can name a cluster and a namespace; an unknown place gets the strictest decision."""

from datetime import UTC, datetime

import pytest

from missions.proposal import Effect
from policy.evaluation import PolicyDecision, PolicyRequest, evaluate
from policy.linting import ComplaintKind, lint
from policy.rules import Match, Policy, Rule

POLICY = Policy(
    rules=(
        Rule(id="frozen", match=Match(cluster="prod-*"), effect=Effect.DENY),
        Rule(id="sandbox", match=Match(cluster="sandbox", namespace="play"), effect=Effect.ALLOW),
        Rule(id="rest", effect=Effect.REVIEW),
    )
)


def decided(policy: Policy, cluster: str = "", namespace: str = "") -> PolicyDecision:
    request = PolicyRequest(
        organization="o",
        tool="t",
        action="restart",
        service="s",
        environment="e",
        cluster=cluster,
        namespace=namespace,
        caller_type="c",
        at=datetime.now(UTC),
    )
    return evaluate(policy, request)


@pytest.mark.parametrize(
    ("cluster", "namespace", "rule"),
    [
        ("prod-east", "shop", "frozen"),
        ("sandbox", "play", "sandbox"),
        ("sandbox", "shop", "rest"),
        ("staging", "play", "rest"),
        ("sandbox", "", "rest"),
        ("", "play", "frozen"),
        ("", "", "frozen"),
    ],
)
def test_e4_3_a_rule_names_the_place(cluster: str, namespace: str, rule: str) -> None:
    """What is not known may be anywhere: it is never allowed by a rule about one place."""
    assert decided(POLICY, cluster, namespace).rule == rule


def test_e4_3_rules_without_places_decide_as_before() -> None:
    """The first rule that matches, whether the place is known or not."""
    policy = Policy(rules=(Rule(id="all", effect=Effect.ALLOW), Rule(id="never", effect=Effect.DENY)))
    assert {decided(policy, cluster).rule for cluster in ("", "east")} == {"all"}


def test_e4_3_lint_tries_every_place() -> None:
    """A rule for a cluster behind one for all clusters never decides; the policy above is complete."""
    shadowed = Policy(rules=(*POLICY.rules, Rule(id="late", match=Match(cluster="x"), effect=Effect.DENY)))
    unreachable = [
        complaint.about
        for complaint in lint(shadowed, frozenset({"restart"}))
        if complaint.fault is ComplaintKind.UNREACHABLE
    ]
    assert unreachable == ["late"]
