import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from missions.plan import ActionKind
from missions.proposal import Effect, RiskLevel
from policy.evaluation import PolicyRequest, evaluate, policy_of
from policy.rules import Policy, Severity, load_policy, policy_version

DEMO = (Path(__file__).parents[2] / "policy" / "demo.json").read_text()

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def request(
    action: str = "restart", severity: Severity = Severity.SAFE, caller: str = "agent", org: str = "demo"
) -> PolicyRequest:
    return PolicyRequest(
        organization=org,
        tool="ops-agent",
        action=action,
        service="payments",
        environment="demo",
        caller_type=caller,
        severity=severity,
        at=NOON,
    )


def test_severities_are_compared_as_numbers() -> None:
    """Severities are not compared as strings, where "critical" is below "low"."""
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
    assert evaluate(policy, request()).rule == "large"


def test_a_request_may_raise_the_severity_and_never_lower_it() -> None:
    """The policy's rating is the minimum."""
    policy = load_policy('{"severities": {"restart": "medium"}}')
    assert evaluate(policy, request()).severity is Severity.MEDIUM
    assert evaluate(policy, request(severity=Severity.HIGH)).severity is Severity.HIGH


def test_the_gateways_levels_are_ours_and_safe_is_low() -> None:
    """The gateway's levels map to the product's risks, and `safe` to LOW."""
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
        '{"rules": [{"id": "a", "match": {"during": "nights"}, "effect": "deny"}]}',
        '{"rules": [{"id": "kill-switch", "effect": "allow"}]}',
        '{"killSwitch": "off"}',
        "",
    ],
)
def test_a_policy_with_a_mistake_is_refused(text: str) -> None:
    """A policy with a mistake is refused: an ignored, misspelt condition would match everything."""
    with pytest.raises(ValidationError):
        load_policy(text)


def test_the_demo_policy_reviews_every_action_and_denies_agents_what_is_critical() -> None:
    """The demo policy reviews every action of the catalog, and denies critical ones to agents."""
    policy = load_policy(DEMO)
    for kind in ActionKind:
        decision = evaluate(policy, request(kind))
        assert (decision.effect, decision.severity) == (Effect.REVIEW, Severity.MEDIUM)
    assert evaluate(policy, request("drop-database")).effect is Effect.DENY
    assert evaluate(policy, request("drop-database", caller="human")).effect is Effect.REVIEW


def test_the_version_is_the_texts_hash() -> None:
    """Any change of the text changes the version; an empty policy reviews."""
    assert policy_version(DEMO) != policy_version(DEMO + " ")
    assert policy_version(DEMO).startswith("sha256:")
    assert evaluate(Policy(), request()).effect is Effect.REVIEW


def test_the_kill_switch_denies_everything() -> None:
    """The kill switch overrides all rules."""
    policy = load_policy('{"killSwitch": true, "rules": [{"id": "all", "effect": "allow"}]}')
    decision = evaluate(policy, request())
    assert (decision.effect, decision.rule) == (Effect.DENY, "kill-switch")


def test_a_star_stands_for_any_characters_and_nothing_else_is_special() -> None:
    """Only `*` is a wildcard: a name is not a regular expression."""
    policy = load_policy('{"rules": [{"id": "pay", "match": {"service": "pay*.v1"}, "effect": "allow"}]}')
    restart = request()
    for service, rule in (("payments.v1", "pay"), ("pay.v1", "pay"), ("payments-v1", "default")):
        assert evaluate(policy, restart.model_copy(update={"service": service})).rule == rule


def test_a_rule_holds_during_its_window_and_outside_another() -> None:
    """The time of the request decides."""
    policy = load_policy(
        json.dumps(
            {
                "windows": {
                    "july": {"start": "2026-07-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"},
                    "noon": {
                        "days": ["wed"],
                        "from": "12:00",
                        "to": "13:00",
                        "timeZone": "UTC",
                    },
                },
                "rules": [{"id": "r", "match": {"during": "july", "outside": "noon"}, "effect": "deny"}],
            }
        )
    )
    restart = request()
    for at, rule in (
        (NOON, "default"),
        (NOON.replace(hour=13), "r"),
        (NOON.replace(month=8, hour=13), "default"),
    ):
        assert evaluate(policy, restart.model_copy(update={"at": at})).rule == rule


def test_az9_a_rule_can_name_organizations() -> None:
    """A rule decides for the organizations that its pattern matches; "" is matched by "*" only."""
    rules = [
        {"id": "acme", "match": {"organization": "acme"}, "effect": "deny"},
        {"id": "team", "match": {"organization": "team-*"}, "effect": "deny"},
        {"id": "any", "match": {"organization": "*", "action": "scale"}, "effect": "deny"},
    ]
    policy = load_policy(json.dumps({"rules": rules}))
    by_org = {
        org: evaluate(policy, request(org=org)).rule
        for org in ("acme", "acme-2", "ACME", "team-1", "team", "")
    }
    assert by_org == {
        "acme": "acme",
        "acme-2": "default",
        "ACME": "default",
        "team-1": "team",
        "team": "default",
        "": "default",
    }
    assert evaluate(policy, request("scale", org="")).rule == "any"


def test_an_organizations_part_decides_as_the_whole_does() -> None:
    """The part of an organization decides as the whole, without the rules and windows of others."""
    period = {"start": "2026-06-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"}
    rules = [
        {"id": "theirs", "match": {"organization": "acme", "during": "secret"}, "effect": "deny"},
        {"id": "ours", "match": {"organization": "d*", "during": "shared"}, "effect": "deny"},
        {"id": "theirs-too", "match": {"organization": "acme", "during": "shared"}, "effect": "allow"},
        {"id": "all", "match": {"action": "scale"}, "effect": "deny"},
    ]
    windows = dict.fromkeys(("secret", "shared", "spare"), period)
    policy = load_policy(json.dumps({"rules": rules, "windows": windows}))
    part = policy_of(policy, "demo")
    assert [rule.id for rule in part.rules] == ["ours", "all"]
    assert set(part.windows) == {"shared", "spare"}
    for action in ("restart", "scale", "reboot"):
        assert evaluate(part, request(action)) == evaluate(policy, request(action))
    assert "secret" not in policy_of(policy, "third").model_dump_json()
