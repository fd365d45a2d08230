"""Who may do what: each role at each route, and each owner's things."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from permissions import TABLE
from served_api import Member, World

from api.access import PUBLIC, Allowed
from missions.permissions import Permission, Role

ENDS_THE_SESSION = "/api/auth/logout/everywhere"
WAITS_FOR_A_WORKER = "/api/dashboards/reseal"
"""None runs here: only who may not is asked about it."""
REFUSED = (401, 403)


@dataclass(frozen=True)
class Endpoint:
    """One route of the API, and the permissions that it requires."""

    method: str
    path: str
    permissions: tuple[Permission, ...]


def places(app: FastAPI) -> list[Endpoint]:
    """Every route under /api as it is served, hidden ones too."""
    routes = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if str(context.path).startswith("/api") and isinstance(route, APIRoute):
            permissions = tuple(dict.fromkeys(asked(route.dependant)))
            routes += [
                Endpoint(method, str(context.path), permissions) for method in sorted(route.methods or ())
            ]
    return routes


def asked(dependant: Dependant) -> Iterator[Permission]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Allowed):
            yield dependency.call.permission
        yield from asked(dependency)


def test_az1_each_route_names_one_permission_or_is_listed_as_public(api: World) -> None:
    """A new route without a permission fails here; PUBLIC says why each of the others has none."""
    routes = places(api.app)
    assert len(routes) > 40
    assert {place.path for place in routes if not place.permissions} == set(PUBLIC)
    assert [place for place in routes if place.path not in PUBLIC and len(place.permissions) != 1] == []
    described = {(m.upper(), path) for path, ways in api.app.openapi()["paths"].items() for m in ways}
    assert {(place.method, place.path) for place in routes} == described, (
        "what is served is what is described"
    )


@pytest.mark.parametrize("role", list(Role))
async def test_az1_each_role_at_each_route(api: World, role: Role) -> None:
    """403 where the table does not give the deed; where it does, never 401 or 403; without a token 401."""
    member, nobody = await api.member(role), api.client()
    for place in places(api.app):
        if place.path in PUBLIC:
            continue
        path, may = re.sub(r"{\w+}", str(uuid4()), place.path), place.permissions[0] in TABLE[role]
        if may and place.path == WAITS_FOR_A_WORKER:
            continue
        who = await api.signed_in(member.person.email) if place.path == ENDS_THE_SESSION else member
        answer = await who.http.request(place.method, path, json={})
        refused = answer.status_code in REFUSED and answer.json()["type"] == "about:blank"
        assert refused is not may, (role, place, answer.text)
        assert may or answer.status_code == 403, (role, place)
        assert (await nobody.request(place.method, path, json={})).status_code == 401, place
        if place.path == ENDS_THE_SESSION:
            member = await api.signed_in(member.person.email)


READERS = {Role.ADMIN, Role.AUDITOR, Role.APPROVER}
"""Who reads the mission of somebody else that waits for an approval."""
OWNERS_THINGS = {
    "/api/missions/{mission}": READERS,
    "/api/missions/{mission}/events": READERS,
    "/api/queue/job/{mission}": READERS,
    "/api/approvals/{approval}": READERS,
}


@pytest.mark.parametrize("role", list(Role))
async def test_az1_each_role_at_each_owners_things(api: World, role: Role) -> None:
    """The owner reads; a colleague by role; of another organization nobody: the 404 of what is not."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    approval = await api.approval(mission_id)
    colleague, stranger = await api.member(role), await api.member(role, org="other")
    for pattern, readers in OWNERS_THINGS.items():
        path = pattern.format(mission=mission_id, approval=approval.id)
        missing = pattern.format(mission=uuid4(), approval=uuid4())
        assert (await owner.http.get(path)).status_code == 200, path
        seen = await colleague.http.get(path)
        assert seen.status_code == (200 if role in readers else 404), (role, path)
        await assert_same(stranger, path, missing)


async def assert_same(member: Member, path: str, missing: str) -> None:
    """What is another organization's answers as what does not exist."""
    answers = [await member.http.get(address) for address in (path, missing)]
    assert [answer.status_code for answer in answers] == [404, 404], path
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


@pytest.mark.parametrize("role", list(Role))
async def test_az1_each_role_at_what_changes_a_mission(api: World, role: Role) -> None:
    """Cancelling is the owner's and the administrator's; of another organization nobody's."""
    owner = await api.member(Role.OPERATOR)
    path = f"/api/missions/{await api.mission(owner)}/cancel"
    stranger, colleague = await api.member(role, org="other"), await api.member(role)
    assert (await stranger.http.post(path)).status_code == 404
    answer = await colleague.http.post(path)
    assert (answer.status_code == 202) is (role is Role.ADMIN), answer.text
    assert (await owner.http.post(path)).status_code in (202, 409)


FORBIDDEN_FIELDS = ("id", "orgId", "org", "role", "status", "approvedBy", "requester", "isService")


async def test_az7_no_body_takes_what_only_the_server_says(api: World) -> None:
    """Every route with a body refuses unknown fields: id, orgId, role, status, approvedBy … are 422."""
    admin = await api.member(Role.ADMIN)
    described = api.app.openapi()
    schemas, checked = described["components"]["schemas"], 0
    for path, ways in described["paths"].items():
        for method, operation in ways.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            name = re.findall(r"schemas/(\w+)", str(content["schema"]))[0]
            assert schemas[name]["additionalProperties"] is False, (path, name)
            fields = set(schemas[name]["properties"])
            for field in set(FORBIDDEN_FIELDS) - fields:
                address = re.sub(r"{\w+}", str(uuid4()), path)
                answer = await admin.http.request(method, address, json={field: "x"})
                assert answer.status_code == 422, (method, path, field)
                assert field in answer.json()["detail"]
            checked += 1
    assert checked > 12
