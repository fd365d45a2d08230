"""`/api/dashboards`: permissions, versions, and credentials that are never returned."""

from typing import Any

from served_api import ORG, World
from sqlalchemy import text

from missions.permissions import Role

SECRET = "canary-of-a-token"


def body(name: str, **changes: Any) -> dict[str, Any]:
    page = {"id": "home", "title": "Home", "path": "/", "panels": ["p"]}
    return {
        "name": name,
        "type": "web",
        "baseUrl": "https://d.example",
        "config": {"pages": [page]},
    } | changes


async def test_credentials_are_written_and_never_read(api: World) -> None:
    """No response contains credentials, even encrypted; the database has only the encrypted box."""
    admin = await api.member(Role.ADMIN)
    made = await admin.http.post("/api/dashboards", json=body("sealed", credentials={"token": SECRET}))
    assert made.status_code == 201, made.text
    assert made.json()["signed"] is True
    place = f"/api/dashboards/{made.json()['id']}"
    seen = [made.text, (await admin.http.get(place)).text, (await admin.http.get("/api/dashboards")).text]
    assert not any(SECRET in text or 'sealed":' in text or "box" in text for text in seen)
    async with api.owner.transaction(ORG) as session:
        row = str((await session.execute(text("SELECT connectors::text FROM connectors"))).scalars().all())
    assert "box" in row
    assert SECRET not in row
    assert await api.audited("dashboard/sealed") == ["dashboard.written"]


async def test_a_change_keeps_replaces_or_takes_credentials_away(api: World) -> None:
    """Absent credentials are kept, null removes them; a new address without new credentials is 422."""
    admin = await api.member(Role.ADMIN)
    made = (await admin.http.post("/api/dashboards", json=body("kept", credentials={"token": SECRET}))).json()
    place = f"/api/dashboards/{made['id']}"
    kept = (await admin.http.put(place, json=body("kept"))).json()
    assert (kept["signed"], kept["version"]) == (True, 2)
    moved = await admin.http.put(place, json=body("kept", baseUrl="https://evil.example"))
    assert moved.status_code == 422
    assert (await admin.http.get(place)).json() == kept
    bare = (await admin.http.put(place, json=body("kept", credentials=None))).json()
    assert (bare["signed"], bare["version"]) == (False, 3)


async def test_a_change_of_what_was_changed_is_refused(api: World) -> None:
    """An outdated version is 409; without a version the last writer wins; a taken name is 409."""
    admin = await api.member(Role.ADMIN)
    made = (await admin.http.post("/api/dashboards", json=body("twice"))).json()
    place = f"/api/dashboards/{made['id']}"
    assert (await admin.http.put(place, json=body("twice", version=1))).json()["version"] == 2
    late = await admin.http.put(place, json=body("twice", version=1))
    assert (late.status_code, late.json()["type"]) == (409, "changed_since_viewed")
    assert (await admin.http.put(place, json=body("twice"))).json()["version"] == 3
    await admin.http.post("/api/dashboards", json=body("taken"))
    assert (await admin.http.put(place, json=body("taken"))).status_code == 409


async def test_only_administrators_change_test_search_and_delete(api: World) -> None:
    """Other roles get 403 before any lookup; a deleted dashboard is 404."""
    admin, approver = await api.member(Role.ADMIN), await api.member(Role.APPROVER, Role.OPERATOR)
    made = (await admin.http.post("/api/dashboards", json=body("gone"))).json()
    place = f"/api/dashboards/{made['id']}"
    assert (await approver.http.get(place)).status_code == 200
    for method, path, content in (
        ("PUT", place, body("gone")),
        ("DELETE", place, None),
        ("POST", f"{place}/test", None),
        ("GET", f"{place}/search", None),
        ("POST", "/api/dashboards/reseal", None),
    ):
        assert (await approver.http.request(method, path, json=content)).status_code == 403
    assert (await admin.http.delete(place)).status_code == 204
    assert (await admin.http.delete(place)).status_code == 404
    assert (await admin.http.get(place)).status_code == 404
    assert await api.audited("dashboard/gone") == ["dashboard.written", "dashboard.deleted"]


async def test_a_stranger_finds_nothing(api: World) -> None:
    """Another organization's dashboard is 404, like one that never existed."""
    admin = await api.member(Role.ADMIN)
    made = (await admin.http.post("/api/dashboards", json=body("ours"))).json()
    stranger = await api.member(Role.ADMIN, org="other")
    place = f"/api/dashboards/{made['id']}"
    for method in ("GET", "PUT", "DELETE"):
        content = body("ours") if method == "PUT" else None
        assert (await stranger.http.request(method, place, json=content)).status_code == 404


async def test_what_is_wrong_is_told_without_the_secret(api: World) -> None:
    """Unknown fields, incomplete credentials and invalid patterns are 422 without the sent secret."""
    admin = await api.member(Role.ADMIN)
    for change in (
        {"credentials": {"token": SECRET, "unknown": "x"}},
        {"credentials": {"password": SECRET}},
        {"config": {"masks": {"patterns": ["("]}}},
        {"config": {"pages": [{"id": "p", "title": "P", "queries": [{"panel": "a", "query": "b", "x": 1}]}]}},
    ):
        answer = await admin.http.post("/api/dashboards", json=body("wrong", **change))
        assert answer.status_code == 422, answer.text
        assert SECRET not in answer.text
