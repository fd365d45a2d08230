"""What an organization's administrator does to a member changes nothing in their other organizations."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from served_api import ORG, PASSWORD, Member, World
from socket_client import Listen, SocketClient
from sqlalchemy import text

from missions.permissions import Role
from stores.postgres.tables import MembershipRow, Shared

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
ELSEWHERE = "other"
ACTS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "logout": ("POST", "/logout", None),
    "roles": ("PATCH", "", {"roles": ["VIEWER"]}),
    "services": ("PATCH", "", {"services": ["payments"]}),
    "groups": ("PATCH", "", {"groups": ["oncall"]}),
    "disabled": ("PATCH", "", {"disabled": True}),
}
"""What an administrator can do to a member."""


@dataclass(frozen=True)
class Both:
    """A member of two organizations with a session in each, and an administrator of the first one."""

    here: Member
    elsewhere: Member
    admin: Member


@pytest.fixture
async def both(api: World) -> Both:
    here = await api.member(Role.OPERATOR)
    async with api.owner.transaction() as session:
        roles = [Role.OPERATOR.value]
        await api.people.add_org(ELSEWHERE, ELSEWHERE)
        session.add(MembershipRow(person_id=here.person.id, org=ELSEWHERE, roles=roles))
    return Both(here, await signed_in(api, here, ELSEWHERE), await api.member(Role.ADMIN))


async def signed_in(api: World, member: Member, org: str) -> Member:
    """A session of the person in this organization."""
    body = {"email": member.person.email, "password": PASSWORD, "org": org}
    session = (await api.client().post("/api/auth/login", json=body)).json()
    person = member.person.model_copy(update={"org": session["user"]["org"]})
    token, refresh = session["accessToken"], session["refreshToken"]
    return Member(person, member.session, token, refresh, api.client(token))


async def me(member: Member) -> int:
    return (await member.http.get("/api/auth/me")).status_code


async def renewed(api: World, member: Member) -> int:
    body = {"refreshToken": member.refresh_token}
    return (await api.client().post("/api/auth/refresh", json=body)).status_code


@pytest.mark.parametrize("act", ACTS)
async def test_au15_an_act_ends_sessions_of_its_organization_only(
    api: World, listen: Listen, eventually: Eventually, both: Both, act: str
) -> None:
    """The access token and the socket of this organization end; those of the other one go on."""
    method, rest, body = ACTS[act]
    near, far = await listen(both.here.token), await listen(both.elsewhere.token)
    path = f"/api/users/{both.here.person.id}{rest}"
    assert (await both.admin.http.request(method, path, json=body)).is_success

    async def closed() -> bool:
        return not near.client.connected

    await eventually(closed)
    assert (await me(both.here), await me(both.elsewhere)) == (401, 200)
    goes_on = 200 if act in ("roles", "services", "groups") else 401
    assert await renewed(api, both.here) == goes_on
    assert await is_heard(far)
    assert await renewed(api, both.elsewhere) == 200


@pytest.mark.parametrize("act", ACTS)
async def test_au15_an_act_changes_nothing_that_organizations_share(api: World, both: Both, act: str) -> None:
    """No row about the person changes but those of the administrator's organization."""
    method, rest, body = ACTS[act]
    before = await shared_rows(api, both.here)
    assert set(before) >= {"people", "memberships", "sessions", "passkeys"}
    assert len(before["memberships"]) == len(before["sessions"]) == 1
    path = f"/api/users/{both.here.person.id}{rest}"
    assert (await both.admin.http.request(method, path, json=body)).is_success
    assert await shared_rows(api, both.here) == before


async def shared_rows(api: World, member: Member) -> dict[str, list[str]]:
    """The rows about the person, by table, without those of this organization."""
    rows = {}
    async with api.owner.transaction() as session:
        for table in Shared.metadata.sorted_tables:
            names = set(table.columns.keys())
            if table.name == "people" or "person_id" in names:
                query = f"SELECT t::text FROM shared.{table.name} t WHERE"  # noqa: S608  our own names
                query += " id = :id" if table.name == "people" else " person_id = :id"
                query += " AND org <> :org" if "org" in names else ""
                values = {"id": member.person.id} | ({"org": ORG} if "org" in names else {})
                rows[table.name] = sorted(await session.scalars(text(query), values))
    return rows


async def is_heard(socket: SocketClient) -> bool:
    await socket.settle()
    return bool(socket.client.connected)


async def test_au15_a_disabled_member_does_not_come_back_with_an_old_session(api: World, both: Both) -> None:
    """Enabling a member again revives no session: they sign in again."""
    path = f"/api/users/{both.here.person.id}"
    for disabled in (True, False):
        assert (await both.admin.http.patch(path, json={"disabled": disabled})).is_success
    assert (await me(both.here), await renewed(api, both.here)) == (401, 401)
    assert await me(await signed_in(api, both.here, ORG)) == 200


async def test_au15_what_a_person_does_counts_everywhere(api: World, both: Both) -> None:
    """A new password and a sign-out everywhere end the person's sessions in all organizations."""
    body = {"currentPassword": PASSWORD, "newPassword": "a staple of another horse"}
    answer = await both.here.http.post("/api/auth/password", json=body)
    assert answer.status_code == 200, answer.text
    assert (await me(both.elsewhere), await renewed(api, both.elsewhere)) == (401, 401)
    body = {"email": both.here.person.email, "password": body["newPassword"], "org": ELSEWHERE}
    again = api.client((await api.client().post("/api/auth/login", json=body)).json()["accessToken"])
    http = api.client(answer.json()["accessToken"])
    assert (await http.post("/api/auth/logout/everywhere")).status_code == 204
    assert (await again.get("/api/auth/me")).status_code == 401


async def test_au15_no_administrator_makes_a_link_for_a_member_of_elsewhere(both: Both) -> None:
    """Neither a password link nor adding the person again is possible: 409, and nothing changes."""
    path = f"/api/users/{both.here.person.id}/password-link"
    assert (await both.admin.http.post(path)).status_code == 409
    body = {"email": both.here.person.email, "name": "Renamed", "roles": ["VIEWER"]}
    assert (await both.admin.http.post("/api/users", json=body)).status_code == 409
    seen = (await both.elsewhere.http.get("/api/auth/me")).json()
    assert (seen["name"], seen["roles"]) == (both.here.person.name, ["OPERATOR"])
