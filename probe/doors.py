"""Every way into an organization, after the organization or the person lost the right to come in."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from missions.permissions import Role
from probe.accounts import REFUSED, refresh
from probe.passkeys import PasskeyDevice
from probe.people import (
    ProbeOrg,
    accept,
    add_program,
    found,
    invitation,
    member,
    new_email,
    new_password,
)
from probe.sockets import Listener
from probe.visitors import Visitor
from probe.world import ProbeWorld

CLOSED_S = 20.0
OK = 200


@dataclass
class DoorKeys:
    """What one person holds: a session, a passkey, a codec link, an open socket; and a program's key."""

    person: Visitor
    device: PasskeyDevice
    ticket: str
    listener: Listener
    program: Visitor | None

    @classmethod
    async def take(cls, person: Visitor, program: Visitor | None) -> "DoorKeys":
        """Opens every door once, while that is allowed."""
        device = PasskeyDevice(person.url)
        await device.register(person)
        listener = Listener(person)
        if not await listener.connect():
            raise RuntimeError(f"the socket is refused: {listener.refusal}")
        made = await person.request("POST", "/api/codec/links")
        ticket = made.json()["endpoint"].rpartition("/")[2] if made.is_success else ""
        return cls(person, device, ticket, listener, program)

    async def tried(self) -> dict[str, int | str]:
        """The status of each door; for sockets `refused` or `open`."""
        person = self.person
        async with Visitor(person.url) as stranger:
            login = await stranger.login(person.email, person.password, person.org)
            passkey = await self.device.login(stranger, person.org)
            seen: dict[str, int | str] = {
                "password": login.status_code,
                "passkey": passkey.status_code,
                "access token": await _status(person, "GET", "/api/auth/me"),
                "missions": await _status(person, "GET", "/api/missions"),
                "stream": await _stream(person),
                "refresh token": await refresh(stranger, person.refresh_token),
            }
            if self.ticket:
                path = f"/api/codec/{self.ticket}/decode"
                seen["codec link"] = await stranger.status("POST", path, {"payloads": []})
        if self.program is not None:
            seen["key"] = await self.program.status("GET", "/api/missions")
        second = Listener(person)
        seen["new socket"] = "open" if await second.connect() else "refused"
        await second.close()
        try:
            await asyncio.wait_for(self.listener.closed.wait(), CLOSED_S)
            seen["open socket"] = "refused"
        except TimeoutError:
            seen["open socket"] = "open"
        return seen

    async def close(self) -> None:
        """Closes everything."""
        await self.listener.close()
        await self.person.close()


async def _status(person: Visitor, method: str, path: str) -> int:
    """The status without a new login."""
    return (await person.http.request(method, path)).status_code


async def _stream(person: Visitor) -> int | str:
    """The status of a stream of an unknown mission; `open` if the person was let in to look for it."""
    status = await _status(person, "GET", f"/api/missions/{uuid4()}/stream")
    return "open" if status == 404 else status


async def check_doors(world: ProbeWorld) -> None:
    """AU14: one rule at every door, after each way of losing the right."""
    org = await found(world.founder, "a-door", "First by its slug")
    program = await add_program(org, "Program of doors")
    keys = await DoorKeys.take(await member(org.admin, "Dora Door", Role.ADMIN, org=org.slug), program)
    disabled = await DoorKeys.take(await member(org.admin, "Dan Disabled", Role.ADMIN, org=org.slug), None)
    await org.admin.send("PATCH", f"/api/users/{disabled.person.id}", {"disabled": True})
    record(world, "of a disabled person", await disabled.tried())
    await disabled.close()
    person, device = await _of_two_organizations(world, org)
    guest = await invitation(org.admin, new_email("guest"), Role.VIEWER)
    await world.founder.send("POST", f"/api/orgs/{org.slug}/suspend")
    record(world, "of a suspended organization", await keys.tried())
    await _check_guest(world, guest)
    await _check_other_organization(world, person, device)
    await world.founder.send("DELETE", f"/api/orgs/{org.slug}")
    record(world, "of a deleted organization", await keys.tried())
    await keys.close()


def record(world: ProbeWorld, whose: str, seen: dict[str, int | str]) -> None:
    """One check: every door is closed."""
    is_open = {name: status for name, status in seen.items() if status not in (*REFUSED, "refused")}
    world.checks.record(
        "AU14",
        f"every door {whose} is closed",
        expected=f"{len(seen)} doors refuse",
        seen=f"open: {is_open}" if is_open else "all refuse",
        ok=not is_open and len(seen) > len(("password", "passkey", "access token")),
    )


async def _check_guest(world: ProbeWorld, token: str) -> None:
    status = await accept(world.url, token, new_password(), "Gus Guest")
    world.checks.record(
        "AU16",
        "an invitation of a suspended organization is dead",
        expected="4xx",
        seen=status,
        ok=status in REFUSED,
    )


async def _of_two_organizations(world: ProbeWorld, org: ProbeOrg) -> tuple[Visitor, PasskeyDevice]:
    """A member of this organization who joins B as well, with a passkey."""
    person = await member(org.admin, "Tom Two", Role.VIEWER, org=org.slug)
    token = await invitation(world.b.admin, person.email, Role.VIEWER)
    await accept(world.url, token, person.password, "Tom Two")
    device = PasskeyDevice(world.url)
    await person.login(person.email, person.password, org.slug)  # joining ended sessions and passkeys
    await device.register(person)
    return person, device


async def _check_other_organization(world: ProbeWorld, person: Visitor, device: PasskeyDevice) -> None:
    """The person's first organization by slug is suspended: a login without a slug leads to B."""
    async with Visitor(world.url) as stranger:
        answers = [await stranger.login(person.email, person.password), await device.login(stranger)]
    entered = [
        answer.json()["user"]["org"] if answer.is_success else answer.status_code for answer in answers
    ]
    await person.close()
    world.checks.record(
        "AU14",
        "a person of two organizations, the first one suspended, enters the other one",
        expected=f"{world.b.slug} by password and by passkey",
        seen=entered,
        ok=entered == [world.b.slug, world.b.slug],
    )


async def check_local_rights(world: ProbeWorld) -> None:
    """AU15: what B's administrator does to a person ends no session in A."""
    person = world.both[world.b.slug].id
    changes = {
        "signs them out": ("POST", f"/api/users/{person}/logout", None),
        "changes their groups": ("PATCH", f"/api/users/{person}", {"groups": ["oncall"]}),
        "changes their roles": (
            "PATCH",
            f"/api/users/{person}",
            {"roles": ["OPERATOR", "APPROVER", "VIEWER"]},
        ),
        "disables them": ("PATCH", f"/api/users/{person}", {"disabled": True}),
    }
    in_a, in_b = world.both[world.a.slug], world.both[world.b.slug]
    await in_a.login(in_a.email, in_a.password, in_a.org)
    for name, (method, path, body) in changes.items():
        await in_b.login(in_b.email, in_b.password, in_b.org)
        status = await world.b.admin.status(method, path, body)
        there, here = await _status(in_a, "GET", "/api/auth/me"), await _status(in_b, "GET", "/api/auth/me")
        ends = name in ("signs them out", "disables them")
        world.checks.record(
            "AU15",
            f"B's administrator {name}: the person's session in A goes on",
            expected="A 200" + (", B 401" if ends else ""),
            seen=f"{status}: A {there}, B {here}",
            ok=status in (200, 204) and there == OK and (not ends or here in REFUSED),
        )
        if there != OK:
            await in_a.login(in_a.email, in_a.password, in_a.org)
    await world.b.admin.send("PATCH", f"/api/users/{person}", {"disabled": False})
