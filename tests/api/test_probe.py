"""The walks of `make probe`, on the served API: they see nothing foreign, and find what is planted."""

import copy
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from served_api import ORG, PUBLIC_URL, Member, World

from missions.permissions import Role
from probe.people import ProbeOrg, add_program
from probe.routes import RouteWalk
from probe.samples import SampleIds, collect
from probe.sockets import EVENTS, Listener, walk_events
from probe.visitors import Visitor

OTHER = "other"
WALKED = ("admin", "viewer", "service key")
SEEN_BY_NOBODY = ("foreign", "different", "canaries", "failed", "unprepared")


def visitor_of(member: Member, until: AsyncExitStack) -> Visitor:
    """A visitor with the member's session."""
    visitor = Visitor(str(member.http.base_url))
    visitor.id, visitor.token = member.person.id, member.token
    visitor.http.headers["Authorization"] = f"Bearer {member.token}"
    until.push_async_callback(visitor.close)
    return visitor


async def populated(api: World, slug: str, until: AsyncExitStack) -> tuple[ProbeOrg, SampleIds]:
    """An organization with an administrator, an operator, a viewer and a program, and its objects."""
    members = {
        "admin": await api.member(Role.ADMIN, org=slug),
        "operator": await api.member(Role.OPERATOR, org=slug),
        "viewer": await api.member(Role.VIEWER, org=slug),
    }
    org = ProbeOrg(slug, {name: visitor_of(member, until) for name, member in members.items()})
    until.push_async_callback((await add_program(org, f"Program {slug}")).close)
    samples = await collect(org, org.people["operator"], f"mark-{uuid4().hex[:8]}", PUBLIC_URL)
    mission = await api.mission(members["operator"])
    opened = await api.approval(mission, org=slug)
    samples.ids |= {"mission_id": str(mission), "approval_id": str(opened.id), "artifact_id": str(uuid4())}
    return org, samples


@pytest.fixture(scope="module")
async def organizations(api: World) -> AsyncIterator[dict[str, tuple[ProbeOrg, SampleIds]]]:
    """Two organizations, by slug."""
    async with AsyncExitStack() as until:
        yield {slug: await populated(api, slug, until) for slug in (ORG, OTHER)}


async def test_az2_the_probe_sees_nothing_of_another_organization(
    api: World, organizations: dict[str, tuple[ProbeOrg, SampleIds]]
) -> None:
    """Every route with foreign ids, as two roles and a program: no mistake, and a sample of each id."""
    (other, _), (_, foreign) = organizations[OTHER], organizations[ORG]
    walk = RouteWalk(api.app.openapi(), foreign, SampleIds())
    result = await walk.walk({name: other.visitors[name] for name in WALKED})
    assert {name: getattr(result, name) for name in SEEN_BY_NOBODY} == {name: [] for name in SEEN_BY_NOBODY}
    assert len(result.routes) > 40
    assert set(result.requests) == set(WALKED)


async def test_az2_the_probe_finds_what_is_planted(
    api: World, organizations: dict[str, tuple[ProbeOrg, SampleIds]]
) -> None:
    """With the ids of its own organization in place of foreign ones, the walk reports all three kinds."""
    org, own = organizations[OTHER]
    document = _reading_only(api.app.openapi())
    result = await RouteWalk(document, own, SampleIds()).walk({"admin": org.admin})
    assert any("GET /api/templates/{template_id}: 200" in each for each in result.foreign)
    assert any("GET /api/approvals/{approval_id}: 200" in each for each in result.different)
    assert any("GET /api/users" in each for each in result.canaries)


async def test_az1_the_probe_refuses_a_parameter_that_it_does_not_know(
    api: World, organizations: dict[str, tuple[ProbeOrg, SampleIds]]
) -> None:
    """A route with a new kind of id is reported, as is one whose body it cannot make."""
    org, foreign = organizations[ORG]
    document = copy.deepcopy(_reading_only(api.app.openapi()))
    document["paths"]["/api/novelties/{novelty_id}"] = {"get": {"parameters": []}}
    schema = {
        "type": "object",
        "required": ["x"],
        "properties": {"x": {"type": "string", "pattern": "^\\d{40}$"}},
    }
    body = {"content": {"application/json": {"schema": schema}}}
    document["paths"]["/api/missions/{mission_id}/novelty"] = {"post": {"requestBody": body}}
    result = await RouteWalk(document, foreign, SampleIds()).walk({"viewer": org.people["viewer"]})
    assert "GET /api/novelties/{novelty_id}: no sample of novelty_id" in result.unprepared
    assert any("/novelty: no sample for x" in each for each in result.unprepared)


def _reading_only(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its GET operations only, without those that wait for a worker."""
    paths = {
        path: {"get": methods["get"]}
        for path, methods in document["paths"].items()
        if "get" in methods and not path.endswith(("/search", "/stream", "/pdf"))
    }
    return document | {"paths": paths}


async def test_az4_the_probe_sends_every_socket_event(api: World) -> None:
    """The probe's events are those that the server handles."""
    handlers = set(api.dependencies.live.server.handlers["/"])
    assert set(EVENTS) == handlers - {"connect", "disconnect"}


async def test_az4_the_probe_finds_a_room_that_is_open(
    organizations: dict[str, tuple[ProbeOrg, SampleIds]],
) -> None:
    """Foreign ids give nothing; ids of its own organization are reported for the events that join rooms."""
    (org, own), (_, foreign) = organizations[OTHER], organizations[ORG]
    listener = Listener(org.admin)
    assert await listener.connect()
    assert await walk_events(listener, foreign, pause_s=0) == []
    mistakes = await walk_events(listener, own, pause_s=0)
    assert {each.partition(" ")[0] for each in mistakes} == {
        "mission:subscribe",
        "approval:subscribe",
        "mission:watch",
    }
    await listener.close()
