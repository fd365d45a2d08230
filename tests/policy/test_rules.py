import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from missions.plan import ActionKind
from missions.proposal import Effect, RiskLevel
from policy.evaluation import Request, evaluate
from policy.rules import Policy, Severity, load_policy, policy_version

DEMO = (Path(__file__).parents[2] / "policy" / "demo.json").read_text()


def asked(action: str = "restart", severity: Severity = Severity.SAFE, caller: str = "agent") -> Request:
    return Request(
        tool="ops-agent",
        action=action,
        service="payments",
        environment="demo",
        caller_type=caller,
        severity=severity,
    )


def test_severities_are_compared_as_numbers() -> None:
    """As strings "critical" is below "low"."""
    policy = load_policy(
        json.dumps(
            {
                "severities": {"restart": "critical"},
                "rules": [
                    {"id": "small", "match": {"maxSeverity": "low"}, "effect": "allow"},
                    {"id": "large", "match": {"minSeverity": "high"}, "effect": "deny"},
                ],
            }
        )
    )
    assert evaluate(policy, asked()).rule == "large"


def test_a_request_may_raise_the_severity_and_never_lower_it() -> None:
    """The policy's own rating is the least."""
    policy = load_policy('{"severities": {"restart": "medium"}}')
    assert evaluate(policy, asked()).severity is Severity.MEDIUM
    assert evaluate(policy, asked(severity=Severity.HIGH)).severity is Severity.HIGH


def test_the_gateways_levels_are_ours_and_safe_is_low() -> None:
    """Nothing is below LOW in the product."""
    assert [level.risk for level in Severity] == [RiskLevel.LOW, *RiskLevel]


@pytest.mark.parametrize(
    "text",
    [
        '{"rules": [{"id": "a", "match": {"verb": "restart"}, "effect": "allow"}]}',
        '{"rules": [{"id": "a", "match": {"minSeverity": "bad"}, "effect": "allow"}]}',
        '{"rules": [{"id": "a", "match": {}, "effect": "maybe"}]}',
        '{"rules": [{"id": "a", "effect": "deny"}, {"id": "a", "effect": "allow"}]}',
        '{"default": "allow"}',
        '{"severities": {"restart": 1}}',
        "",
    ],
)
def test_a_policy_with_a_mistake_is_refused(text: str) -> None:
    """A misspelt condition that was ignored would match everything."""
    with pytest.raises(ValidationError):
        load_policy(text)


def test_the_demo_policy_reviews_every_action_and_denies_agents_what_is_critical() -> None:
    """What the example file says, for all that can be proposed."""
    policy = load_policy(DEMO)
    for kind in ActionKind:
        judged = evaluate(policy, asked(kind))
        assert (judged.effect, judged.severity) == (Effect.REVIEW, Severity.MEDIUM)
    assert evaluate(policy, asked("drop-database")).effect is Effect.DENY
    assert evaluate(policy, asked("drop-database", caller="human")).effect is Effect.REVIEW


def test_the_version_is_the_texts_hash() -> None:
    """Any change of the file is another policy; the empty policy reviews."""
    assert policy_version(DEMO) != policy_version(DEMO + " ")
    assert policy_version(DEMO).startswith("sha256:")
    assert evaluate(Policy(), asked()).effect is Effect.REVIEW
