"""Who may come in: one rule for every door, whatever changed for the person or the organization."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from doors import DOORS, NEW_SESSIONS, PROVIDER, ROLES, Entered, Visitor
from local_issuer import CLIENT, SECRET, LocalIssuer
from loopback import served
from served_api import ORG, Member, World, world

from api.access import PUBLIC
from missions.errors import OpsError
from missions.event import Closed
from missions.mission import Outcome, Status
from missions.permissions import Role
from runtime.setting_types import OidcProvider
from stores.postgres.tables import MembershipRow


@dataclass(frozen=True)
class ApiWithProvider:
    """An API with one identity provider."""

    api: World
    issuer: LocalIssuer


@pytest.fixture(scope="module")
async def place(api: World) -> AsyncIterator[ApiWithProvider]:
    issuer = LocalIssuer()
    async with served(issuer.app) as url:
        issuer.url = url
        provider = OidcProvider(name=PROVIDER, issuer=url, client_id=CLIENT, client_secret=SECRET)
        async with world(api.places, api.urls, oidc_providers=(provider,)) as made:
            yield ApiWithProvider(made, issuer)


async def founded(founder: Member, name: str) -> str:
    """The slug of a new organization, which begins with this name."""
    slug = f"{name}-{uuid4().hex[:8]}"
    answer = await founder.http.post("/api/orgs", json={"slug": slug, "name": "Acme"})
    assert answer.status_code == 201, answer.text
    return slug


CHANGES = ("unchanged", "suspended", "disabled", "deleted", "demoted")
"""What changes for the visitor, or for the organization."""
VIEWER = frozenset({Role.VIEWER})
OWN_PASSWORD = "a staple of another horse"


async def apply_change(change: str, visitor: Visitor, founder: Member) -> None:
    """Makes the change, also to the visitor's program."""
    org = visitor.member.person.org
    admin = await visitor.api.member(Role.ADMIN, org=org)
    body = {"disabled": {"disabled": True}, "demoted": {"roles": ["VIEWER"]}}.get(change)
    if body is not None:
        for account in (visitor.member.person.id, visitor.program):
            answer = await admin.http.patch(f"/api/users/{account}", json=body)
            assert answer.status_code == 200, answer.text
    if change in ("suspended", "deleted"):
        assert (await founder.http.post(f"/api/orgs/{org}/suspend")).status_code == 200
    if change == "deleted":
        # No worker ends the mission here; one that has not started was ended by the suspension.
        closed = Closed(status=Status.CANCELLED, outcome=Outcome.CANCELLED, reason="Suspended.")
        with contextlib.suppress(OpsError):
            await visitor.api.journal.append(org, visitor.mission_id, "agent", closed)
        assert (await founder.http.delete(f"/api/orgs/{org}")).status_code == 204


@dataclass(frozen=True)
class ChangedVisitor:
    """A visitor, and what changed after they had made everything that lets them in."""

    change: str
    visitor: Visitor


@pytest.fixture(scope="module", params=CHANGES)
async def changed(place: ApiWithProvider, request: pytest.FixtureRequest) -> AsyncIterator[ChangedVisitor]:
    founder = await place.api.member(Role.ADMIN)
    async with AsyncExitStack() as until:
        visitor = await Visitor.of(place.api, place.issuer, await founded(founder, "doors"), until)
        await apply_change(request.param, visitor, founder)
        yield ChangedVisitor(request.param, visitor)


def expected(change: str, door: str) -> Entered:
    """With which roles the visitor may come in through this door."""
    if change == "unchanged":
        return ROLES if door != "api key" else frozenset({Role.OPERATOR})
    if change == "demoted" and door in NEW_SESSIONS:
        return VIEWER
    return None


@pytest.mark.parametrize("door", DOORS)
async def test_au14_one_rule_for_every_door(changed: ChangedVisitor, door: str) -> None:
    """A suspended, disabled or deleted visitor comes in nowhere; a demoted one only with the new roles."""
    async with asyncio.timeout(20):
        assert await DOORS[door](changed.visitor) == expected(changed.change, door)


@pytest.mark.parametrize("door", ["password", "passkey", "openid"])
@pytest.mark.parametrize("change", ["suspended", "disabled", "deleted"])
async def test_au14_the_other_organization_stays_open(place: ApiWithProvider, change: str, door: str) -> None:
    """A member of two organizations comes into the one that is open, although the other one sorts first."""
    api, founder = place.api, await place.api.member(Role.ADMIN)
    closed = await founded(founder, "a")
    async with AsyncExitStack() as until:
        visitor = await Visitor.of(api, place.issuer, closed, until)
        person = visitor.member.person
        async with api.owner.transaction() as session:
            session.add(MembershipRow(person_id=person.id, org=ORG, roles=[Role.AUDITOR.value]))
        await apply_change(change, visitor, founder)
        assert await DOORS[door](visitor) == frozenset({Role.AUDITOR})


@pytest.mark.parametrize("way", ["added", "invited"])
async def test_au13_nothing_of_a_deleted_organization_opens_a_door(place: ApiWithProvider, way: str) -> None:
    """Whatever its administrators made in a person's name lets nobody in where the person joins later."""
    api, founder = place.api, await place.api.member(Role.ADMIN)
    async with AsyncExitStack() as until:
        visitor = await Visitor.of(api, place.issuer, await founded(founder, "gone"), until)
        await apply_change("deleted", visitor, founder)
        admin, email = await api.member(Role.ADMIN), visitor.member.person.email
        wanted = {"email": email, "roles": ["OPERATOR"]}
        if way == "added":
            link = await admin.http.post("/api/users", json=wanted | {"name": "Real"})
            body = {"token": link.json()["link"]["token"], "password": OWN_PASSWORD}
            answer = await api.client().post("/api/auth/password/reset", json=body)
        else:
            link = await admin.http.post("/api/invitations", json=wanted)
            body = {"token": link.json()["token"], "password": OWN_PASSWORD, "name": "Real"}
            answer = await api.client().post("/api/auth/invitations/accept", json=body)
        assert answer.status_code == 204, answer.text
        login = {"email": email, "password": OWN_PASSWORD}
        assert (await api.client().post("/api/auth/login", json=login)).json()["user"]["org"] == ORG
        assert {door: await enter(visitor) for door, enter in DOORS.items()} == dict.fromkeys(DOORS)


NO_DOORS = {
    "/api/auth/bootstrap": "creates the first administrator, before there is any organization to be out of",
    "/api/auth/register": "opens nothing",
    "/api/auth/logout": "ends a session",
    "/api/auth/oauth/providers": "names only",
    "/api/auth/oauth/{provider}/start": "begins what the callback ends",
    "/api/auth/passkeys/login/options": "a challenge",
    "/api/auth/invitations/accept": "makes a member, who then signs in",
    "/api/auth/password/reset": "sets a password, with which the person then signs in",
    "/api/csp-report": "reads nothing",
    "/api/metrics": "has a token of the installation",
    "/api/health/live": "says nothing",
    "/api/health/ready": "says nothing about people",
}
DOORS_OF_ROUTES = {
    "/api/auth/login": "password",
    "/api/auth/refresh": "refresh token",
    "/api/auth/oauth/{provider}/callback": "openid",
    "/api/auth/passkeys/login": "passkey",
    "/api/codec/{ticket}/decode": "codec link",
}


def test_au14_no_other_query_reads_who_is_disabled(root: Path) -> None:
    """Only the query of all doors does, and the executor's, which counts votes."""
    readers = {
        path.name
        for path in (root / "stores").rglob("*.py")
        if re.search(r"MembershipRow\.disabled_at\.is_", path.read_text())
    }
    assert readers == {"memberships.py", "ledger.py"}


def test_au14_every_public_route_is_a_door_of_the_table_or_none() -> None:
    """A new route without a permission is tried by the table, or is listed here with a reason."""
    assert set(PUBLIC) == set(NO_DOORS) | set(DOORS_OF_ROUTES)
    assert set(DOORS_OF_ROUTES.values()) <= set(DOORS)
