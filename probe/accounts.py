"""People who belong nowhere, links that outlived the right behind them, and fresh logins."""

import asyncio
from dataclasses import dataclass

from missions.permissions import Role
from probe.passkeys import PasskeyDevice
from probe.people import (
    ProbeOrg,
    accept,
    add,
    delete,
    found,
    invitation,
    member,
    new_email,
    new_password,
    set_password,
    signed_in,
)
from probe.visitors import Visitor
from probe.world import ProbeWorld

REFUSED = range(400, 500)
DELETED = "fresh"
"""The slug of an organization that is deleted early."""
STALE_S = 330.0
"""Until then a login has stopped to be fresh, which takes five minutes."""


@dataclass
class PreparedAccount:
    """An account on a stranger's address, with everything that an attacker can add to it."""

    email: str
    password: str
    device: PasskeyDevice
    session: Visitor

    @classmethod
    async def take(cls, org: ProbeOrg, email: str) -> "PreparedAccount":
        """An organization's administrator adds the address, and signs in with the link and a passkey."""
        password, url = new_password(), org.admin.url
        added = await add(org.admin, "Vic Victim", Role.VIEWER, email=email)
        await set_password(url, added.token, password)
        session, device = await signed_in(url, email, password, org.slug), PasskeyDevice(url)
        await device.register(session)
        return cls(email, password, device, session)


async def check_fresh_person(world: ProbeWorld) -> None:
    """AU13: what an attacker prepared on a stranger's address is gone when the person joins elsewhere."""
    org = await found(world.founder, DELETED, "Soon deleted")
    accounts = [await PreparedAccount.take(org, new_email("victim")) for _ in range(2)]
    await delete(world.founder, org)
    added, invited = accounts
    again = await add(world.founder, "Vic Victim", Role.VIEWER, email=added.email)
    own = new_password()
    joined = await set_password(world.url, again.token, own)
    await _record_fresh(world, "is added", added, joined, own)
    token = await invitation(world.founder, invited.email, Role.VIEWER)
    joined = await accept(world.url, token, own, "Vic Victim")
    await _record_fresh(world, "accepts an invitation", invited, joined, own)


async def _record_fresh(
    world: ProbeWorld, way: str, prepared: PreparedAccount, joined: int, own_password: str
) -> None:
    async with Visitor(world.url) as stranger:
        seen = {
            "own password": (await stranger.login(prepared.email, own_password)).status_code,
            "old password": (await stranger.login(prepared.email, prepared.password)).status_code,
            "old passkey": (await prepared.device.login(stranger)).status_code,
            "old session": await prepared.session.status("GET", "/api/auth/me"),
            "old refresh token": await refresh(stranger, prepared.session.refresh_token),
        }
    await prepared.session.close()
    old = [status for name, status in seen.items() if name.startswith("old")]
    world.checks.record(
        "AU13",
        f"a person without a membership who {way} starts from nothing",
        expected="joined 204, own password 200, everything old 401",
        seen=f"joined {joined}, {seen}",
        ok=joined == 204 and seen["own password"] == 200 and all(each in REFUSED for each in old),
    )


async def check_links(world: ProbeWorld) -> None:
    """AU16: a link is dead when the right of its issuer, or its reason, is gone."""
    await _password_link(world)
    await _demoted_inviter(world)


async def _password_link(world: ProbeWorld) -> None:
    """A link that B's administrator made before the person joined A with a password of their own."""
    added = await add(world.b.admin, "Pia Person", Role.VIEWER)
    own, bad = new_password(), new_password()
    await set_password(world.url, added.token, own)
    link = await world.b.admin.send("POST", f"/api/users/{added.id}/password-link")
    joined = await accept(
        world.url, await invitation(world.founder, added.email, Role.APPROVER), own, "Pia Person"
    )
    status = await set_password(world.url, link["token"], bad)
    async with Visitor(world.url) as stranger:
        taken_over = (await stranger.login(added.email, bad, world.a.slug)).status_code
    world.checks.record(
        "AU16",
        "a password link of B's administrator is dead once the person joined A with their own password",
        expected="joined 204, the link 4xx, its password 401",
        seen=f"joined {joined}, the link {status}, its password {taken_over}",
        ok=joined == 204 and status in REFUSED and taken_over in REFUSED,
    )


async def _demoted_inviter(world: ProbeWorld) -> None:
    """An invitation whose inviter is no administrator any more."""
    for change in ({"roles": ["VIEWER"]}, {"disabled": True}):
        inviter = await member(world.b.admin, "Ina Inviter", Role.ADMIN, org=world.b.slug)
        email = new_email("guest")
        token = await invitation(inviter, email, Role.ADMIN)
        await world.b.admin.send("PATCH", f"/api/users/{inviter.id}", change)
        status = await accept(world.url, token, new_password(), "Gus Guest")
        await inviter.close()
        world.checks.record(
            "AU16",
            f"an invitation is dead when its inviter has {change}",
            expected="4xx",
            seen=status,
            ok=status in REFUSED,
        )


async def check_fresh_login(world: ProbeWorld, stale: Visitor) -> None:
    """AU17: an old login is not fresh; a step-up keeps the session and makes it so. Renewing does not."""
    renewed = await refresh_session(stale)
    async with asyncio.timeout(STALE_S):
        # The condition is in another process, and the API has no event for it.
        while (old := await stale.request("POST", "/api/auth/passkeys/options")).is_success:  # noqa: ASYNC110  as said above
            await asyncio.sleep(5)
    step_up = await stale.request("POST", "/api/auth/step-up", json={"password": stale.password})
    if step_up.is_success:
        stale.keep(step_up.json())
    fresh = await stale.status("POST", "/api/auth/passkeys/options")
    again = await refresh_session(stale)
    world.checks.record(
        "AU17",
        "a login of more than five minutes ago needs a new proof, which keeps the session",
        expected="renewed 200, 401 step_up_required, step-up 200, then 200, renewed again 200",
        seen=f"renewed {renewed}, {old.status_code} {_kind(old.text)}, step-up {step_up.status_code}, "
        f"then {fresh}, renewed again {again}",
        ok=(renewed, old.status_code, step_up.status_code, fresh, again) == (200, 401, 200, 200, 200)
        and "step_up_required" in old.text,
    )


def _kind(text: str) -> str:
    return "step_up_required" if "step_up_required" in text else text[:80]


async def refresh(stranger: Visitor, token: str) -> int:
    """The status of a renewal with this token."""
    return await stranger.status("POST", "/api/auth/refresh", {"refreshToken": token})


async def refresh_session(visitor: Visitor) -> int:
    """Renews the visitor's own session; the status."""
    body = {"refreshToken": visitor.refresh_token}
    answer = await visitor.request("POST", "/api/auth/refresh", json=body)
    if answer.is_success:
        visitor.keep(answer.json())
    return answer.status_code
