"""The organizations of the probe, their people and their programs. All are made through the API."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from missions.errors import UnavailableError
from missions.permissions import Role
from probe.visitors import Visitor

CANARY = f"canary-{secrets.token_hex(6)}"
"""In every name and text of organization A: nothing that B reads may contain it."""


@dataclass
class ProbeOrg:
    """One organization: its slug, its people by role name, and a program with a key."""

    slug: str
    people: dict[str, Visitor] = field(default_factory=dict)
    program: Visitor | None = None
    account_id: str = ""
    key_id: str = ""

    @property
    def admin(self) -> Visitor:
        """Its administrator."""
        return self.people["admin"]

    @property
    def visitors(self) -> dict[str, Visitor]:
        """Its people and its program, by name."""
        return self.people | ({} if self.program is None else {"service key": self.program})


@dataclass(frozen=True)
class NewMember:
    """A person that an administrator added, with the one-time token of their first password."""

    id: UUID
    email: str
    token: str


def new_email(name: str) -> str:
    """An address that no other person has."""
    return f"{name}-{secrets.token_hex(4)}@probe.example"


def new_password() -> str:
    """A password that is strong enough."""
    return secrets.token_urlsafe(18)


async def add(
    admin: Visitor, name: str, *roles: Role, email: str | None = None, services: list[str] | None = None
) -> NewMember:
    """An administrator adds a person to their organization. UnavailableError if that is refused."""
    email = email or new_email(name.split(maxsplit=1)[0].lower())
    body: dict[str, Any] = {"email": email, "name": name, "roles": sorted(roles)}
    added = await admin.send(
        "POST", "/api/users", body | ({} if services is None else {"services": services})
    )
    return NewMember(UUID(added["user"]["id"]), email, added["link"]["token"])


async def set_password(url: str, token: str, password: str, **more: object) -> int:
    """Uses a password link; the status of the answer."""
    async with Visitor(url) as stranger:
        body = {"token": token, "password": password, **more}
        return await stranger.status("POST", "/api/auth/password/reset", body)


async def signed_in(url: str, email: str, password: str, org: str | None = None) -> Visitor:
    """A signed-in person. UnavailableError if the login is refused."""
    visitor = Visitor(url)
    response = await visitor.login(email, password, org)
    if response.is_error:
        raise UnavailableError(f"{email} cannot sign in: {response.status_code} {response.text[:200]}")
    return visitor


async def member(
    admin: Visitor, name: str, *roles: Role, org: str, services: list[str] | None = None
) -> Visitor:
    """A new member who has set a password and signed in."""
    added, password = await add(admin, name, *roles, services=services), new_password()
    await set_password(admin.url, added.token, password)
    return await signed_in(admin.url, added.email, password, org)


async def invitation(admin: Visitor, email: str, *roles: Role) -> str:
    """The token of an invitation."""
    made = await admin.send("POST", "/api/invitations", {"email": email, "roles": sorted(roles)})
    return str(made["token"])


async def accept(url: str, token: str, password: str, name: str) -> int:
    """Accepts an invitation; the status of the answer."""
    async with Visitor(url) as stranger:
        body = {"token": token, "password": password, "name": name}
        return await stranger.status("POST", "/api/auth/invitations/accept", body)


async def add_program(org: ProbeOrg, name: str) -> Visitor:
    """A program with an API key: it may start missions and read."""
    roles = [Role.OPERATOR, Role.AUDITOR, Role.VIEWER]
    account = await org.admin.send("POST", "/api/service-accounts", {"name": name, "roles": roles})
    path = f"/api/service-accounts/{account['id']}/keys"
    key = await org.admin.send("POST", path, {"name": f"Key {name}", "roles": roles})
    org.account_id, org.key_id = account["id"], key["id"]
    org.program = Visitor(org.admin.url, headers={"X-API-Key": key["key"]})
    return org.program


async def found(founder: Visitor, slug: str, name: str) -> ProbeOrg:
    """An organization with its founder as administrator, signed in to it."""
    await founder.send("POST", "/api/orgs", {"slug": slug, "name": name})
    admin = await signed_in(founder.url, founder.email, founder.password, slug)
    return ProbeOrg(slug, {"founder": admin, "admin": admin})


async def delete(founder: Visitor, org: ProbeOrg) -> None:
    """Suspends the organization, if it is not, and deletes it."""
    await founder.request("POST", f"/api/orgs/{org.slug}/suspend")
    await founder.send("DELETE", f"/api/orgs/{org.slug}")
