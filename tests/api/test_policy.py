"""`/api/policy` shows the policy in force to deciders, and evaluates a request without any effect."""

from typing import Any

from served_api import World

from missions.permissions import Role


async def test_who_decides_sees_the_policy_in_force(api: World) -> None:
    """The response has ordered rules with effects, the version that verdicts name, and the file."""
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
    )
    for wrong in wrongs:
        assert (await evaluated(api, **wrong)).status_code == 422, wrong
