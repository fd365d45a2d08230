"""What people state about panels, and the warnings of a dashboard."""

from typing import Any

from served_api import World

from missions.permissions import Role

QUERIES = [
    {"panel": "widgets", "query": "avg(widget_state)"},
    {"panel": "errors", "query": 'sum(rate(http_requests_total{code=~"5.."}[5m]))'},
]
WIDGETS = {"page": "home", "panel": "widgets", "measures": {"role": "saturation", "unit": "ratio"}}


def body(name: str, **config: Any) -> dict[str, Any]:
    page = {"id": "home", "title": "Home", "queries": QUERIES}
    return {
        "name": name,
        "type": "prometheus",
        "baseUrl": "https://d.example",
        "config": {"pages": [page], **config},
    }


def kinds(answer: dict[str, Any]) -> set[str]:
    return {warning["kind"] for warning in answer["warnings"]}


async def test_a_dashboard_is_registered_with_warnings(api: World) -> None:
    """Registering, changing and reading it answer with what does not work."""
    admin = await api.member(Role.ADMIN)
    made = (await admin.http.post("/api/dashboards", json=body("warned"))).json()
    assert kinds(made) == {"waits", "window", "meaning"}
    assert any("proof takes about" in warning["text"] for warning in made["warnings"])
    place = f"/api/dashboards/{made['id']}"
    patient = body("warned", window="PT30M", settling=["PT5M", "PT5M"])
    changed = (await admin.http.put(place, json=patient)).json()
    assert kinds(changed) == kinds((await admin.http.get(place)).json()) == {"meaning"}
    listed = (await admin.http.get("/api/dashboards")).json()["dashboards"]
    assert [kinds(each) for each in listed if each["name"] == "warned"] == [{"meaning"}]


async def test_a_statement_is_stored_once_and_audited(api: World) -> None:
    """Stating it again changes nothing; another statement replaces it; removing it twice is no error."""
    admin = await api.member(Role.ADMIN)
    made = (await admin.http.post("/api/dashboards", json=body("taught"))).json()
    place = f"/api/dashboards/{made['id']}/mappings"
    stated = (await admin.http.post(place, json=WIDGETS)).json()
    assert (stated["version"], "meaning" in kinds(stated)) == (2, False)
    assert (await admin.http.post(place, json=WIDGETS)).json() == stated
    other = WIDGETS | {"measures": {"role": "queue"}}
    (mapping,) = (await admin.http.post(place, json=other)).json()["config"]["mappings"]
    assert (mapping["measures"]["role"], mapping["measures"]["unit"]) == ("queue", None)
    for _ in range(2):
        removed = await admin.http.delete(place, params={"page": "home", "panel": "widgets"})
        assert (removed.status_code, removed.json()["config"]["mappings"]) == (200, [])
    assert await api.audited("dashboard/taught") == [
        "dashboard.written",
        "dashboard.mapped",
        "dashboard.mapped",
        "dashboard.unmapped",
    ]


async def test_statements_survive_a_registration_that_has_none(api: World) -> None:
    """A script that registers the dashboard again keeps them; `mappings` replaces or removes them."""
    admin = await api.member(Role.ADMIN)
    made = (await admin.http.post("/api/dashboards", json=body("kept-mappings"))).json()
    place = f"/api/dashboards/{made['id']}"
    stated = (await admin.http.post(f"{place}/mappings", json=WIDGETS)).json()["config"]["mappings"]
    for answer in (
        await admin.http.post("/api/dashboards", json=body("kept-mappings")),
        await admin.http.put(place, json=body("kept-mappings")),
    ):
        assert answer.json()["config"]["mappings"] == stated
    bare = await admin.http.put(place, json=body("kept-mappings", mappings=[]))
    assert bare.json()["config"]["mappings"] == []


async def test_only_people_who_may_edit_dashboards_of_the_organization_state_it(api: World) -> None:
    """Other roles get 403, other organizations 404, and statements without content 422."""
    admin, operator = await api.member(Role.ADMIN), await api.member(Role.APPROVER, Role.OPERATOR)
    made = (await admin.http.post("/api/dashboards", json=body("theirs"))).json()
    place = f"/api/dashboards/{made['id']}/mappings"
    stranger = await api.member(Role.ADMIN, org="other")
    for member, status in ((operator, 403), (stranger, 404)):
        assert (await member.http.post(place, json=WIDGETS)).status_code == status
        assert (await member.http.delete(place, params={"panel": "widgets"})).status_code == status
    for wrong in (
        {"measures": {"role": "errors"}},
        {"panel": "p", "measures": {}},
        {"panel": "p", "measures": {"role": "nonsense"}},
        {"panel": "p", "measures": {"role": "errors"}, "more": 1},
        {"panel": "p", "measures": {"role": "errors", "more": 1}},
    ):
        assert (await admin.http.post(place, json=wrong)).status_code == 422
    assert (await admin.http.get(f"/api/dashboards/{made['id']}")).json()["config"]["mappings"] == []


async def test_queries_that_state_what_they_measure_are_still_taken(api: World) -> None:
    """`metric`, `unit` and `service` of a query become a mapping of its panel."""
    admin = await api.member(Role.ADMIN)
    query = {"panel": "p", "query": "max(x)", "metric": "latency_seconds", "unit": "s", "service": "shop"}
    page = {"id": "home", "title": "Home", "queries": [query]}
    made = await admin.http.post("/api/dashboards", json=body("older", pages=[page]))
    assert made.status_code == 201, made.text
    (mapping,) = made.json()["config"]["mappings"]
    assert (mapping["page"], mapping["panel"]) == ("home", "p")
    stated = {name: value for name, value in mapping["measures"].items() if value is not None}
    assert stated == {"metric": "latency_seconds", "unit": "s", "service": "shop"}
