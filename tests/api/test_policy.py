"""`/api/policy`: the policy in force is shown to who decides, and says what it would say; nothing changes."""

from typing import Any

from served_api import World

from missions.permissions import Role


async def test_who_decides_sees_the_policy_in_force(api: World) -> None:
    """Rules in order, each with its effect, the version that verdicts name, and where the file is."""
    for role in (Role.APPROVER, Role.AUDITOR, Role.ADMIN):
        body = (await (await api.member(role)).http.get("/api/policy")).json()
        assert body["file"].endswith("policy/demo.json")
        assert body["version"].startswith("sha256:")
        assert (body["problem"], body["gateway"], body["openWindows"]) == ("", None, [])
        policy = body["policy"]
        assert policy["rules"][0]["id"] == "agents-never-act-on-critical"
        assert policy["rules"][0]["match"]["minSeverity"] == "critical"
        assert (policy["killSwitch"], policy["defaultEffect"]) == (False, "review")
        assert policy["severities"]["rollback"] == "medium"


async def asked(api: World, role: Role = Role.APPROVER, **changes: Any) -> Any:
    body = {"action": "rollback", "service": "payments", "environment": "production"} | changes
    return await (await api.member(role)).http.post("/api/policy/test", json=body)


async def test_it_says_what_would_happen(api: World) -> None:
    """The rule, its reason and how many must agree; the catalog's severity raises it, never lowers it."""
    body = (await asked(api)).json()
    assert (body["effect"], body["rule"], body["risk"], body["quorum"]) == (
        "review",
        "a-person-agrees-to-rollbacks",
        "MEDIUM",
        1,
    )
    assert ((await asked(api, severity="HIGH")).json()["quorum"], body["at"] is not None) == (2, True)
    denied = (await asked(api, action="delete")).json()
    assert (denied["effect"], denied["rule"], denied["quorum"]) == (
        "deny",
        "agents-never-act-on-critical",
        0,
    )


async def test_others_and_nonsense_are_refused(api: World) -> None:
    """By role; what is misspelt is not ignored, and a time has its zone."""
    assert (await asked(api, Role.OPERATOR)).status_code == 403
    assert (await asked(api, Role.VIEWER)).status_code == 403
    wrongs: tuple[dict[str, Any], ...] = (
        {"servise": "x"},
        {"at": "2026-03-01T12:00:00"},
        {"severity": "HUGE"},
        {"action": ""},
    )
    for wrong in wrongs:
        assert (await asked(api, **wrong)).status_code == 422, wrong
