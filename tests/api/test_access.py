"""Permissions: each role at each route, and at resources of other people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from doors import api_key
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from permissions import PEOPLE_ONLY, TABLE
from served_api import Member, World
from sqlalchemy import text

from api.access import PUBLIC, Allowed
from missions.permissions import Permission, Role

ENDS_THE_SESSION = "/api/auth/logout/everywhere"
WAITS_FOR_A_WORKER = "/api/dashboards/reseal"
"""No worker runs here, so only the refusal is tested for this route."""
REFUSED = (401, 403)


@dataclass(frozen=True)
class Endpoint:
    """One route of the API, and the permissions that it requires."""

    method: str
    path: str
    permissions: tuple[Permission, ...]


def api_routes(app: FastAPI) -> list[Endpoint]:
    """Every route under /api as it is served, including hidden routes."""
    routes = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if str(context.path).startswith("/api") and isinstance(route, APIRoute):
            permissions = tuple(dict.fromkeys(required_permissions(route.dependant)))
            routes += [
                Endpoint(method, str(context.path), permissions) for method in sorted(route.methods or ())
            ]
    return routes


def required_permissions(dependant: Dependant) -> Iterator[Permission]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Allowed):
            yield dependency.call.permission
        yield from required_permissions(dependency)


def test_az1_each_route_names_one_permission_or_is_listed_as_public(api: World) -> None:
    """Each route requires one permission or is listed in PUBLIC, and every served route is described."""
    routes = api_routes(api.app)
    assert len(routes) > 40
    assert {place.path for place in routes if not place.permissions} == set(PUBLIC)
    assert [place for place in routes if place.path not in PUBLIC and len(place.permissions) != 1] == []
    described = {(m.upper(), path) for path, ways in api.app.openapi()["paths"].items() for m in ways}
    assert {(place.method, place.path) for place in routes} == described, (
        "the served routes and the described routes are the same"
    )


@pytest.mark.parametrize("role", list(Role))
async def test_az1_each_role_at_each_route(api: World, role: Role) -> None:
    """Each route answers 403 without its permission, neither 401 nor 403 with it, and 401 without a token."""
    member, anonymous = await api.member(role), api.client()
    for place in api_routes(api.app):
        if place.path in PUBLIC:
            continue
        path, may = re.sub(r"{\w+}", str(uuid4()), place.path), place.permissions[0] in TABLE[role]
        if may and place.path == WAITS_FOR_A_WORKER:
            continue
        client = await api.signed_in(member.person.email) if place.path == ENDS_THE_SESSION else member
        answer = await client.http.request(place.method, path, json={})
        refused = answer.status_code in REFUSED and answer.json()["type"] == "about:blank"
        assert refused is not may, (role, place, answer.text)
        assert may or answer.status_code == 403, (role, place)
        assert (await anonymous.request(place.method, path, json={})).status_code == 401, place
        if place.path == ENDS_THE_SESSION:
            member = await api.signed_in(member.person.email)


READERS = {Role.ADMIN, Role.AUDITOR, Role.APPROVER}
"""The roles that may read another person's mission while it waits for an approval."""
OWNED_PATHS = {
    "/api/missions/{mission}": READERS,
    "/api/missions/{mission}/events": READERS,
    "/api/queue/job/{mission}": READERS,
    "/api/approvals/{approval}": READERS,
}


@pytest.mark.parametrize("role", list(Role))
async def test_az1_each_role_at_each_owners_things(api: World, role: Role) -> None:
    """The owner reads, a colleague reads by role, and another organization's person gets 404."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    approval = await api.approval(mission_id)
    colleague, stranger = await api.member(role), await api.member(role, org="other")
    for pattern, readers in OWNED_PATHS.items():
        path = pattern.format(mission=mission_id, approval=approval.id)
        missing = pattern.format(mission=uuid4(), approval=uuid4())
        assert (await owner.http.get(path)).status_code == 200, path
        seen = await colleague.http.get(path)
        assert seen.status_code == (200 if role in readers else 404), (role, path)
        await assert_same(stranger, path, missing)


async def assert_same(member: Member, path: str, missing: str) -> None:
    """Asserts that another organization's resource answers like one that does not exist."""
    answers = [await member.http.get(address) for address in (path, missing)]
    assert [answer.status_code for answer in answers] == [404, 404], path
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


@pytest.mark.parametrize("role", list(Role))
async def test_az1_each_role_at_what_changes_a_mission(api: World, role: Role) -> None:
    """Only the owner and an administrator cancel a mission; another organization's person gets 404."""
    owner = await api.member(Role.OPERATOR)
    path = f"/api/missions/{await api.mission(owner)}/cancel"
    stranger, colleague = await api.member(role, org="other"), await api.member(role)
    assert (await stranger.http.post(path)).status_code == 404
    answer = await colleague.http.post(path)
    assert (answer.status_code == 202) is (role is Role.ADMIN), answer.text
    assert (await owner.http.post(path)).status_code in (202, 409)


async def test_az10_a_program_administers_nothing(api: World) -> None:
    """A key whose rows have every role is refused at each route for people, and sees no founded organization.

    No other permission is refused: the key has the roles that programs may have.
    """
    admin = await api.member(Role.ADMIN)
    slug = f"az10-{uuid4().hex[:8]}"
    assert (await admin.http.post("/api/orgs", json={"slug": slug, "name": "Founded"})).status_code == 201
    account, key = await api_key(admin)
    async with api.owner.transaction() as session:
        for table in ("memberships", "api_keys"):
            everything = f"UPDATE shared.{table} SET roles = :roles WHERE person_id = :id"  # noqa: S608  our own names
            await session.execute(text(everything), {"roles": [role.value for role in Role], "id": account})
    program = api.client(key)
    assert (await program.get("/api/auth/me")).json()["roles"] == ["AUDITOR", "OPERATOR", "VIEWER"]
    for place in api_routes(api.app):
        if place.path in PUBLIC:
            continue
        path, permission = re.sub(r"{\w+}", str(uuid4()), place.path), place.permissions[0]
        answer = await program.request(place.method, path, json={})
        assert (answer.status_code == 403) is (permission in PEOPLE_ONLY), (place, answer.text)
    orgs = (await program.get("/api/orgs")).json()["orgs"]
    assert [organization["slug"] for organization in orgs] == [admin.person.org]
    assert (await program.get(f"/api/orgs/{slug}")).status_code == 404


FORBIDDEN_FIELDS = ("id", "orgId", "org", "role", "status", "approvedBy", "requester", "isService")


async def test_az7_no_body_takes_what_only_the_server_says(api: World) -> None:
    """Every route with a body refuses unknown fields (id, orgId, role, status, approvedBy …) with 422."""
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
