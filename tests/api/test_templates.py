"""`/api/templates`, and missions that are created from a template."""

from typing import Any
from uuid import uuid4

import pytest
from served_api import World

from missions.permissions import Role

SLOW = "{{service}} answers slowly. Find out why."


def body(**changes: Any) -> dict[str, Any]:
    return {"name": f"slow {uuid4().hex[:8]}", "promptTemplate": SLOW, "tags": ["latency"]} | changes


async def test_its_life_under_both_names(api: World) -> None:
    """Create, read, change and delete work under both paths, with one audit entry for each change."""
    admin, viewer = await api.member(Role.ADMIN), await api.member(Role.VIEWER)
    made = (await admin.http.post("/api/templates", json=body())).json()
    assert (made["variables"], made["usageCount"], made["isActive"]) == (["service"], 0, True)
    for place in ("/api/templates", "/api/mission-templates"):
        assert (await viewer.http.get(f"{place}/{made['id']}")).json() == made
        assert made in (await viewer.http.get(place)).json()["templates"]
    place = f"/api/mission-templates/{made['id']}"
    changed = body(name=made["name"], version=1, category="latency")
    assert (await admin.http.put(place, json=changed)).json()["version"] == 2
    late = await admin.http.put(place, json=changed)
    assert (late.status_code, late.json()["type"]) == (409, "changed_since_viewed")
    assert (await admin.http.delete(place)).status_code == 204
    assert (await viewer.http.get(place)).status_code == 404
    deeds = ["template.written", "template.written", "template.deleted"]
    assert await api.audited(f"template/{made['id']}") == deeds


async def test_a_name_is_taken_once(api: World) -> None:
    admin = await api.member(Role.ADMIN)
    first, second = body(), body()
    assert (await admin.http.post("/api/templates", json=first)).status_code == 201
    assert (await admin.http.post("/api/templates", json=first)).status_code == 409
    made = (await admin.http.post("/api/templates", json=second)).json()
    renamed = await admin.http.put(f"/api/templates/{made['id']}", json=body(name=first["name"]))
    assert renamed.status_code == 409
    assert (await admin.http.get(f"/api/templates/{made['id']}")).json() == made


@pytest.mark.parametrize("name", ["templates", "mission-templates"])
async def test_only_administrators_write(api: World, name: str) -> None:
    others = await api.member(Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.AUDITOR)
    made = (await (await api.member(Role.ADMIN)).http.post(f"/api/{name}", json=body())).json()
    place = f"/api/{name}/{made['id']}"
    answers = [
        await others.http.post(f"/api/{name}", json=body()),
        await others.http.put(place, json=body()),
        await others.http.delete(place),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (await api.client().get(place)).status_code == 401
    assert (await others.http.get(place)).json() == made


async def test_a_mission_of_a_template(api: World) -> None:
    """Both routes create a mission from a template; a repeated Idempotency-Key is counted once."""
    admin, operator = await api.member(Role.ADMIN), await api.member(Role.OPERATOR)
    made = (await admin.http.post("/api/templates", json=body())).json()
    values = {"variables": {"service": "checkout"}}
    path, key = f"/api/missions/from-template/{made['id']}", {"Idempotency-Key": uuid4().hex}
    first = await operator.http.post(path, json=values, headers=key)
    again = await operator.http.post(path, json=values, headers=key)
    other = await operator.http.post("/api/missions", json=values | {"templateId": made["id"]})
    written = {"prompt": "Checkout is slow since noon.", "templateId": made["id"]}
    own_words = await operator.http.post("/api/missions", json=written)
    assert [mission.status_code for mission in (first, again, other, own_words)] == [201] * 4
    assert first.json()["missionId"] == again.json()["missionId"]
    prompts = [mission.json()["mission"]["prompt"] for mission in (first, other, own_words)]
    assert prompts == [SLOW.replace("{{service}}", "checkout")] * 2 + [written["prompt"]]
    assert (await operator.http.get(f"/api/templates/{made['id']}")).json()["usageCount"] == 3


async def test_what_does_not_fit_starts_nothing(api: World) -> None:
    """The response names the error, no mission is created, and the usage count does not change."""
    admin, operator = await api.member(Role.ADMIN), await api.member(Role.OPERATOR)
    made = (await admin.http.post("/api/templates", json=body())).json()
    off = (await admin.http.post("/api/templates", json=body(isActive=False))).json()
    prefix = "/api/missions/from-template"
    refused = [
        (f"{prefix}/{made['id']}", {}, 422, "needs service"),
        (f"{prefix}/{made['id']}", {"variables": {"service": "a", "zone": "b"}}, 422, "does not know zone"),
        (f"{prefix}/{made['id']}", {"variables": {"service": 7}}, 422, "variables"),
        (f"{prefix}/{made['id']}", {"prompt": "Checkout is slow since noon."}, 422, "prompt"),
        (f"{prefix}/{off['id']}", {"variables": {"service": "a"}}, 422, "switched off"),
        (f"{prefix}/{uuid4()}", {"variables": {"service": "a"}}, 404, "Unknown template"),
        ("/api/missions", {}, 422, "templateId"),
        ("/api/missions", {"prompt": "Checkout is slow.", "variables": {"a": "b"}}, 422, "templateId"),
    ]
    for path, content, status, message in refused:
        answer = await operator.http.post(path, json=content)
        assert (answer.status_code, message in answer.text) == (status, True), answer.text
    assert (await operator.http.get("/api/missions")).json()["missions"] == []
    assert (await operator.http.get(f"/api/templates/{made['id']}")).json()["usageCount"] == 0
