"""`/api/policy` shows the policy in force to deciders, and evaluates a request without any effect."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from served_api import ORG, World
from sqlalchemy import update

from missions.permissions import Role
from stores.postgres.migrating import migrate
from stores.postgres.tables import OrgRow


async def test_who_decides_sees_the_policy_in_force(api: World) -> None:
    """The response has ordered rules with effects, the version that verdicts name, and the file."""
    for role in (Role.APPROVER, Role.AUDITOR, Role.ADMIN):
        body = (await (await api.member(role)).http.get("/api/policy")).json()
        assert body["file"].endswith("policy/demo.json")
        assert body["version"].startswith("sha256:")
        assert (body["problem"], body["external"], body["gateway"]) == ("", False, None)
        assert body["openWindows"] == []
        policy = body["policy"]
        assert policy["rules"][0]["id"] == "agents-never-act-on-critical"
        assert policy["rules"][0]["match"]["minSeverity"] == "critical"
        assert (policy["killSwitch"], policy["defaultEffect"]) == (False, "review")
        assert policy["severities"]["rollback"] == "medium"


async def evaluated(api: World, role: Role = Role.APPROVER, **changes: Any) -> Any:
    body = {"action": "rollback", "service": "payments", "environment": "production"} | changes
    return await (await api.member(role)).http.post("/api/policy/test", json=body)


async def test_it_says_what_would_happen(api: World) -> None:
    """The test returns rule, risk and quorum; a given severity can only raise the risk."""
    body = (await evaluated(api)).json()
    assert (body["effect"], body["rule"], body["risk"], body["quorum"]) == (
        "review",
        "a-person-agrees-to-rollbacks",
        "MEDIUM",
        1,
    )
    assert ((await evaluated(api, severity="HIGH")).json()["quorum"], body["at"] is not None) == (2, True)
    denied = (await evaluated(api, action="delete")).json()
    assert (denied["effect"], denied["rule"], denied["quorum"]) == (
        "deny",
        "agents-never-act-on-critical",
        0,
    )


async def test_others_and_nonsense_are_refused(api: World) -> None:
    """Other roles get 403; unknown fields and times without a zone are 422."""
    assert (await evaluated(api, Role.OPERATOR)).status_code == 403
    assert (await evaluated(api, Role.VIEWER)).status_code == 403
    wrongs: tuple[dict[str, Any], ...] = (
        {"servise": "x"},
        {"at": "2026-03-01T12:00:00"},
        {"severity": "HUGE"},
        {"action": ""},
        {"organization": "other"},
    )
    for wrong in wrongs:
        assert (await evaluated(api, **wrong)).status_code == 422, wrong


@pytest.fixture
async def child(api: World) -> str:
    """An organization that the first one founded."""
    slug = f"policy-{uuid4().hex[:8]}"
    await asyncio.to_thread(migrate, api.urls.owner, slug)
    await api.people.add_org(slug, "Child")
    async with api.owner.transaction() as session:
        await session.execute(
            update(OrgRow).where(OrgRow.slug == slug).values(parent=ORG, max_concurrent_missions=1)
        )
    return slug


async def test_az9_the_policy_page_shows_the_own_part_only(
    api: World, child: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither page, remarks nor tests say anything about rules, windows or the file of others."""
    period = {"start": "2020-01-01T00:00:00Z", "end": "2099-01-01T00:00:00Z"}
    file = tmp_path / "canary-file.json"
    rules = [
        {"id": "canary-rule", "match": {"organization": ORG, "during": "canary-window"}, "effect": "deny"},
        {"id": "canary-allows", "match": {"organization": ORG}, "effect": "allow", "reason": "canary"},
        {"id": "own-rule", "match": {"organization": "policy-*"}, "effect": "deny", "reason": "yours"},
    ]
    file.write_text(json.dumps({"rules": rules, "windows": {"canary-window": period}}))
    monkeypatch.setattr(api.dependencies.oversight.policy, "_file", file)
    first = (await (await api.member(Role.AUDITOR)).http.get("/api/policy")).json()
    assert [rule["id"] for rule in first["policy"]["rules"]] == ["canary-rule", "canary-allows"]
    assert (first["file"], first["openWindows"]) == (str(file), ["canary-window"])
    stranger = await api.member(Role.ADMIN, Role.APPROVER, org=child)
    answer = await stranger.http.get("/api/policy")
    assert [rule["id"] for rule in answer.json()["policy"]["rules"]] == ["own-rule"]
    assert (answer.json()["file"], answer.json()["openWindows"]) == (None, [])
    body = {"action": "rollback", "service": "payments", "environment": "production"}
    tested = await stranger.http.post("/api/policy/test", json=body)
    assert (tested.json()["rule"], tested.json()["effect"]) == ("own-rule", "deny")
    file.write_text('{"rules": [{"id": "canary-broken", "match": {"canary": 1}, "effect": "deny"}]}')
    broken = await stranger.http.get("/api/policy")
    assert broken.json()["problem"] == "The policy cannot be read."
    for text in (answer.text, tested.text, broken.text):
        assert "canary" not in text
    monkeypatch.setattr(api.dependencies.oversight.policy, "_gateway", "https://canary.example")
    assert (await (await api.member(Role.ADMIN)).http.get("/api/policy")).json()["gateway"] is not None
    external = await stranger.http.get("/api/policy")
    assert (external.json()["external"], external.json()["gateway"]) == (True, None)
    assert "canary" not in external.text
