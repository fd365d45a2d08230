"""What all parts of the probe share: the stack, the checks, and two organizations with their people."""

from dataclasses import dataclass, field

from missions.permissions import Role
from probe.checks import Checklist
from probe.people import (
    CANARY,
    ProbeOrg,
    accept,
    add_program,
    found,
    invitation,
    member,
    new_email,
    new_password,
    signed_in,
)
from probe.running import ProbedStack
from probe.samples import SampleIds
from probe.sockets import Listener
from probe.visitors import Visitor

FIRST = "demo"
"""The slug of organization A: the first one of the local stack."""
SECOND = "probe-b"
CONCURRENT = 6


@dataclass
class ProbeWorld:
    """Organization A (the first one) and organization B, one person in both, and A's objects."""

    stack: ProbedStack
    checks: Checklist
    a: ProbeOrg
    b: ProbeOrg
    both: dict[str, Visitor]
    foreign: SampleIds = field(default_factory=SampleIds)
    own: SampleIds = field(default_factory=SampleIds)
    listeners: dict[str, Listener] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The API."""
        return self.stack.url

    @property
    def founder(self) -> Visitor:
        """The administrator of A, who founded the other organizations."""
        return self.a.admin

    async def close(self) -> None:
        """Closes all sockets and connections."""
        for listener in self.listeners.values():
            await listener.close()
        for visitor in {*self.a.visitors.values(), *self.b.visitors.values(), *self.both.values()}:
            await visitor.close()


async def populate(stack: ProbedStack, checks: Checklist) -> ProbeWorld:
    """People with every role in both organizations, a program in each, and one person in both."""
    logins = {
        name: await signed_in(stack.url, person["email"], person["password"])
        for name, person in stack.people.items()
    }
    founder = logins["approver"]
    a = ProbeOrg(
        FIRST, {"operator": logins["operator"], "admin": founder, "second approver": logins["second"]}
    )
    await founder.request("PATCH", f"/api/orgs/{FIRST}", json={"maxConcurrentMissions": CONCURRENT})
    for name, roles in (
        ("viewer", (Role.VIEWER,)),
        ("auditor", (Role.AUDITOR,)),
        ("approver", (Role.APPROVER,)),
    ):
        a.people[name] = await member(founder, f"{name.title()} {CANARY}", *roles, org=FIRST)
    await add_program(a, f"Program {CANARY}")
    b = await found(founder, SECOND, "The other organization")
    await founder.request("PATCH", f"/api/orgs/{SECOND}", json={"maxConcurrentMissions": 2})
    for name, roles in (
        ("viewer", (Role.VIEWER,)),
        ("operator", (Role.OPERATOR,)),
        ("approver", (Role.APPROVER,)),
        ("second approver", (Role.APPROVER,)),
        ("auditor", (Role.AUDITOR,)),
        ("admin", (Role.ADMIN,)),
    ):
        b.people[name] = await member(b.people["founder"], f"{name.title()} of B", *roles, org=SECOND)
    del b.people["founder"]
    await add_program(b, "Program of B")
    both = await _in_both(founder, b)
    return ProbeWorld(stack, checks, a, b, both)


async def _in_both(founder: Visitor, b: ProbeOrg) -> dict[str, Visitor]:
    """One person who is operator and approver in both organizations, with a session in each."""
    roles = (Role.OPERATOR, Role.APPROVER)
    email, password, name = new_email("both"), new_password(), "Bo Both"
    for admin in (founder, b.admin):
        await accept(founder.url, await invitation(admin, email, *roles), password, name)
    return {org: await signed_in(founder.url, email, password, org) for org in (FIRST, b.slug)}
