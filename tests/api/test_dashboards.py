"""`/api/dashboards`: permissions, versions, and credentials that are never returned."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from served_api import ORG, PUBLIC_URL, World
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
    away = await admin.http.put(place, json=body("kept", baseUrl="https://e.example", credentials=None))
    assert (away.status_code, away.json()["signed"]) == (200, False), away.text
    back = await admin.http.put(
        place, json=body("kept", credentials={"token": SECRET}, baseUrl="https://e.example")
    )
    assert back.json()["signed"] is True
    bare = (await admin.http.put(place, json=body("kept", credentials=None))).json()
    assert (bare["signed"], bare["version"]) == (False, 5)


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
        ("POST", f"{place}/pages", {"title": "Home"}),
        ("DELETE", f"{place}/pages?page=home", None),
        ("POST", "/api/dashboards/reseal", None),
        ("POST", "/api/dashboards/detect", {"baseUrl": "https://d.example"}),
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
    for method, path, content in (
        ("GET", place, None),
        ("PUT", place, body("ours")),
        ("DELETE", place, None),
        ("POST", f"{place}/pages", {"title": "Home"}),
        ("DELETE", f"{place}/pages?page=home", None),
    ):
        assert (await stranger.http.request(method, path, json=content)).status_code == 404


async def test_a_registration_replaces_nothing_where_it_must_not(api: World) -> None:
    """`replace` false is 409 for a taken name, and the stored one stays."""
    admin = await api.member(Role.ADMIN)
    made = (await admin.http.post("/api/dashboards", json=body("once", replace=False))).json()
    other = body("once", baseUrl="https://other.example", replace=False)
    assert (await admin.http.post("/api/dashboards", json=other)).status_code == 409
    assert (await admin.http.get(f"/api/dashboards/{made['id']}")).json() == made


async def test_pages_have_bounds(api: World) -> None:
    """Fifty of them, titles of a hundred characters, and any id can be removed, with its mappings."""
    admin = await api.member(Role.ADMIN)
    slashed = {"id": "team/a", "title": "Team", "path": "/t"}
    stated = {"page": "team/a", "panel": "p", "measures": {"role": "errors"}}
    config = {"pages": [slashed], "mappings": [stated]}
    made = (await admin.http.post("/api/dashboards", json=body("many", config=config))).json()
    place = f"/api/dashboards/{made['id']}/pages"
    assert (await admin.http.post(place, json={"title": "x" * 101})).status_code == 422
    removed = (await admin.http.delete(place, params={"page": "team/a"})).json()
    assert (removed["config"]["pages"], removed["config"]["mappings"]) == ([], [])
    for number in range(50):
        answer = await admin.http.post(place, json={"title": "\u00c9t\u00e9", "path": f"/{number}"})
        assert answer.status_code == 200, answer.text
    ids = [page["id"] for page in answer.json()["config"]["pages"]]
    assert (ids[0], ids[1], len(set(ids))) == ("ete", "ete-2", 50)
    full = await admin.http.post(place, json={"title": "One more", "path": "/more"})
    assert (full.status_code, "at most 50 pages" in full.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1:{port}", "localhost:{port}", "LOCALHOST.:{port}", "x.localhost:{port}", "127.1:{port}",
        "127.0.0.2:{port}", "0x7f.1:{port}", "2130706433:{port}", "017700000001:{port}", "0.0.0.0:{port}",
        "[::1]:{port}", "[::ffff:127.0.0.1]:{port}", "\uff11\uff12\uff17.0.0.1:{port}",
    ],
)  # fmt: skip
async def test_br10_no_dashboard_is_one_of_our_servers(api: World, place: str) -> None:
    """Each server of OWN_SERVERS, and each that the API uses, is 422 in each notation; nothing changes."""
    admin = await api.member(Role.ADMIN)
    name = f"own-{abs(hash(place))}"
    made = await admin.http.post("/api/dashboards", json=body(name))
    assert made.status_code == 201, made.text
    used = (api.places.temporal_address, api.places.s3_endpoint, api.urls.api, PUBLIC_URL)
    ports = {urlsplit(server if "://" in server else f"//{server}").port for server in used}
    for port in {*ports, *api.places.ports}:
        changed = {"baseUrl": f"http://{place.format(port=port)}"}
        for answer in (
            await admin.http.post("/api/dashboards", json=body(f"{name}-{port}", **changed)),
            await admin.http.put(f"/api/dashboards/{made.json()['id']}", json=body(name, **changed)),
        ):
            assert answer.status_code == 422, answer.text
            assert "OWN_SERVERS" in answer.json()["detail"]
    assert await api.audited(f"dashboard/{name}") == ["dashboard.written"]


async def test_br10_a_dashboard_beside_our_servers_is_accepted(api: World) -> None:
    """Another port of this machine, and a private address, are left to the egress rules."""
    admin = await api.member(Role.ADMIN)
    for number, place in enumerate(("127.0.0.1:9", "grafana.corp", "10.1.2.3:3000")):
        answer = await admin.http.post(
            "/api/dashboards", json=body(f"beside-{number}", baseUrl=f"http://{place}")
        )
        assert answer.status_code == 201, answer.text
    wrong = await admin.http.post("/api/dashboards", json=body("beside", baseUrl="http://a:99999"))
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "pattern", [r"(a)\1", "a(?=b)", "(?<!a)b", "x{,5}", "a" * 501, r"(?:\pL{0,20}){0,20}x"]
)
async def test_br12_a_pattern_is_checked_where_it_is_registered(api: World, pattern: str) -> None:
    """Syntax that needs backtracking, and patterns that are too large, are 422 with the reason."""
    admin = await api.member(Role.ADMIN)
    answer = await admin.http.post(
        "/api/dashboards", json=body("pattern", config={"masks": {"patterns": [pattern]}})
    )
    assert answer.status_code == 422, answer.text
    assert "patterns" in answer.json()["detail"]
    assert "attern" in answer.json()["detail"] or "repetition" in answer.json()["detail"]


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


@pytest.mark.parametrize(
    "limits",
    [{"openSeconds": 31}, {"readySeconds": 0}, {"answerMegabytes": "many"}, {"queries": 1.5}, {"x": 1}],
)
async def test_limits_of_a_visit_are_checked(api: World, limits: dict[str, object]) -> None:
    """Only within what a visit can keep; an unknown limit is refused, too."""
    admin = await api.member(Role.ADMIN)
    answer = await admin.http.post("/api/dashboards", json=body("slow", config={"limits": limits}))
    assert answer.status_code == 422, answer.text
    assert next(iter(limits)) in answer.text


async def test_limits_of_a_visit_are_kept(api: World) -> None:
    admin = await api.member(Role.ADMIN)
    limits = {"openSeconds": 20, "queries": 500}
    answer = await admin.http.post("/api/dashboards", json=body("slow", config={"limits": limits}))
    assert answer.status_code in {200, 201}, answer.text
    listed = (await admin.http.get("/api/dashboards")).json()["dashboards"]
    kept = next(each for each in listed if each["name"] == "slow")["config"]["limits"]
    assert {name: value for name, value in kept.items() if value is not None} == limits
