"""The policy on the page is the one that applies to missions."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from samples import proposal

from adapters.gateways.policy_desk import PolicyDesk, PolicyTestCase
from adapters.gateways.policy_gateway import PolicyGateway
from missions.errors import InvalidError
from missions.proposal import RiskLevel

NOON = datetime(2026, 12, 25, 12, tzinfo=UTC)
CHRISTMAS = {"christmas": {"start": "2026-12-20T00:00:00Z", "end": "2027-01-03T00:00:00Z"}}
RATED = {"restart": "low", "scale": "low", "rollback": "low"}


def desk(file: Path, policy: dict[str, Any] | str, gateway: str | None = None) -> PolicyDesk:
    file.write_text(policy if isinstance(policy, str) else json.dumps(policy))
    return PolicyDesk(file, gateway, lambda: NOON)


def rollback(severity: RiskLevel = RiskLevel.LOW, organization: str = "demo") -> PolicyTestCase:
    return PolicyTestCase(
        organization=organization,
        action="rollback",
        service="payments",
        environment="production",
        severity=severity,
        at=NOON,
    )


async def test_it_says_what_a_mission_would_hear(tmp_path: Path) -> None:
    """A policy test has the same effect, rule, risk and version as the gateway's verdict."""
    file = tmp_path / "policy.json"
    rule = {"id": "freeze", "match": {"during": "christmas"}, "effect": "deny", "reason": "Nothing changes."}
    result = desk(file, {"severities": RATED, "windows": CHRISTMAS, "rules": [rule]}).test(rollback())
    verdict = await PolicyGateway(file.read_text, lambda: NOON).assess("demo", uuid4(), proposal(), "")
    assert (result.effect, result.rule, result.reason) == (verdict.effect, verdict.rule, verdict.reason)
    assert (result.risk, result.policy_version, result.quorum) == (verdict.risk, verdict.policy_version, 0)


def test_windows_and_complaints_are_shown(tmp_path: Path) -> None:
    """The open windows and the linter's complaints are shown, and updated when the file changes."""
    file = tmp_path / "policy.json"
    shown = desk(file, {"severities": RATED, "windows": CHRISTMAS})
    assert shown.in_force("demo", is_first=True).open_windows == ("christmas",)
    assert [complaint.about for complaint in shown.in_force("demo", is_first=True).complaints] == [
        "christmas"
    ]
    desk(file, {"severities": RATED, "killSwitch": True})
    assert [complaint.fault.value for complaint in shown.in_force("demo", is_first=True).complaints] == [
        "kill-switch"
    ]
    assert shown.test(rollback()).rule == "kill-switch"


@pytest.mark.parametrize("text", ["{", '{"rulez": []}', "\udcff"])
def test_a_policy_that_cannot_be_read_reviews_everything(tmp_path: Path, text: str) -> None:
    """An unreadable policy is reported, and its verdict is a review at the highest risk."""
    file = tmp_path / "policy.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    shown = PolicyDesk(file, None)
    policy = shown.in_force("demo", is_first=True)
    assert (policy.policy, policy.version) == (None, None)
    assert policy.problem
    verdict = shown.test(rollback())
    assert (verdict.effect.value, verdict.risk, verdict.quorum) == ("review", RiskLevel.CRITICAL, 2)


def test_a_rule_alone_allows_nothing_above_low(tmp_path: Path) -> None:
    """A rule alone allows LOW risks only; a higher severity of the catalog needs a review."""
    rule = {"id": "free", "match": {"action": "rollback"}, "effect": "allow", "reason": "Small."}
    shown = desk(tmp_path / "policy.json", {"severities": RATED, "rules": [rule]})
    assert shown.test(rollback()).effect.value == "allow"
    result = shown.test(rollback(RiskLevel.HIGH))
    assert (result.effect.value, result.quorum) == ("review", 2)


def test_another_gateway_is_not_answered_for(tmp_path: Path) -> None:
    """If another gateway is configured, the page names it, and a policy test is refused."""
    shown = desk(tmp_path / "policy.json", {}, "https://gateway.example")
    first = shown.in_force("demo", is_first=True)
    assert (first.external, first.gateway) == (True, "https://gateway.example")
    other = shown.in_force("acme", is_first=False)
    assert (other.external, other.gateway) == (True, None)
    with pytest.raises(InvalidError):
        shown.test(rollback())


async def test_az9_a_policy_test_is_of_the_own_organization(tmp_path: Path) -> None:
    """A test has the verdict that a mission of this organization would get."""
    rule = {"id": "acme-freeze", "match": {"organization": "acme"}, "effect": "deny", "reason": "Acme."}
    shown = desk(tmp_path / "policy.json", {"severities": RATED, "rules": [rule]})
    gateway = PolicyGateway((tmp_path / "policy.json").read_text, lambda: NOON)
    for org, expected in (("acme", "acme-freeze"), ("demo", "default")):
        assert shown.test(rollback(organization=org)).rule == expected
        assert (await gateway.assess(org, uuid4(), proposal(), "")).rule == expected


@pytest.mark.parametrize("text", ["{", '{"rules": [{"id": "acme-secret", "effekt": "deny"}]}'])
def test_a_mistake_in_the_file_is_described_to_its_owner_only(tmp_path: Path, text: str) -> None:
    """Other organizations see that the policy cannot be read, but nothing of the file."""
    shown = desk(tmp_path / "policy.json", text)
    owners, others = (shown.in_force("demo", is_first=first) for first in (True, False))
    assert owners.problem != others.problem == "The policy cannot be read."
    assert (owners.file, others.file) == (str(tmp_path / "policy.json"), None)
