"""One incident, seen by both organizations: missions, approvals and what the other one hears of them."""

import asyncio
from dataclasses import dataclass
from typing import Any

from demo.dashboard import connector
from missions.permissions import Role
from probe.people import CANARY, member
from probe.samples import (
    add_mission,
    approval,
    collect,
    respond,
    start_mission,
    until_asked,
    until_ended,
)
from probe.sockets import Listener, listeners_of
from probe.visitors import Visitor
from probe.world import ProbeWorld

PROMPT = "Customers report slow and failing checkouts. Find the cause and fix it."
FORBIDDEN = (401, 403, 404, 409, 422)


@dataclass
class AskedMissions:
    """A's missions that wait for an approval, each with the approval's id.

    `plain` is the operator's, `steered` too, but the administrator gave feedback; `shared` was started by the
    person in both organizations. `foreign` is B's mission about A's target.
    """

    plain: tuple[str, str]
    steered: tuple[str, str]
    shared: tuple[str, str]
    foreign: str

    @property
    def approvals(self) -> list[str]:
        """The ids of A's approvals."""
        return [self.plain[1], self.steered[1], self.shared[1]]


async def prepare(world: ProbeWorld) -> None:
    """Dashboards, objects of every kind, and a listener for every person of B."""
    await world.a.admin.send("POST", "/api/dashboards", connector(world.stack.shop.url))
    page_of_b = connector(world.stack.shop.url) | {"name": "page-of-b"}
    await world.b.admin.send("POST", "/api/dashboards", page_of_b)
    world.foreign = await collect(world.a, world.a.people["operator"])
    world.own = await collect(world.b, world.b.people["operator"], "own")
    world.foreign.texts |= {
        visitor.email for name, visitor in world.a.people.items() if name != "admin"
    }  # the administrator of A founded B and is a member there
    world.listeners = await listeners_of(world.b.visitors | {"both, in B": world.both[world.b.slug]})
    world.listeners["A's approver"] = listener = Listener(world.a.people["second approver"])
    await listener.connect()


async def ask(world: ProbeWorld) -> AskedMissions:
    """Starts the missions of both organizations, and waits until A's ask."""
    admin, operator, both = world.a.admin, world.a.people["operator"], world.both[world.a.slug]
    prompt = f"{PROMPT} {CANARY}"
    plain, steered = await start_mission(operator, prompt), await start_mission(operator, prompt)
    shared = await start_mission(both, prompt)
    feedback = {"service": world.stack.incident.fault.service, "stance": "pinned", "reason": "I think so."}
    await admin.send("POST", f"/api/missions/{steered}/hypotheses", feedback)
    foreign = await start_mission(world.b.people["operator"], PROMPT)
    world.foreign.texts |= {plain, steered, shared}
    asked = await asyncio.gather(*(until_asked(operator, each) for each in (plain, steered)))
    asked.append(await until_asked(both, shared))
    if None in asked:
        missions = [await until_ended(world.a.people["auditor"], each) for each in (plain, steered, shared)]
        ends = [(each["outcome"], each["service"], each["summary"]) for each in missions]
        raise RuntimeError(f"A mission of A ended without an approval: {ends}")
    first, second, third = (str(each) for each in asked)
    world.foreign.texts |= {first, second, third}
    await add_mission(world.foreign, operator, plain)
    return AskedMissions((plain, first), (steered, second), (shared, third), foreign)


async def check_targets(world: ProbeWorld, asked: AskedMissions) -> None:
    """AZ9: B registered a page of its own and asked; two of its people agree, and nothing happens to A."""
    checks = world.checks
    operator = world.b.people["operator"]
    approval_id = await until_asked(operator, asked.foreign)
    answers: list[int] = []
    if approval_id is not None:
        for name in ("approver", "second approver"):
            card = await approval(world.b.people[name], approval_id)
            answers.append(await respond(world.b.people[name], card))
    mission = await until_ended(operator, asked.foreign)
    effects = [effect for effect in world.stack.effects() if str(approval_id) in effect["key"]]
    checks.record(
        "AZ9",
        "a page of B about A's target, asked for and agreed to in B, changes nothing at the target",
        expected="no approval, no effect",
        seen=f"approval {approval_id}, answers {answers}, outcome {mission['outcome']}, effects {effects}",
        ok=not effects and approval_id is None,
    )
    world.own.ids["mission_id"] = asked.foreign
    await add_mission(world.own, operator, asked.foreign)


async def check_policy(world: ProbeWorld) -> None:
    """AZ9: the policy that B reads has no path and no address of the installation."""
    answer = await world.b.people["auditor"].request("GET", "/api/policy")
    root = str(world.stack.data)
    names = [text for text in ("policy/demo.json", root, world.stack.temporal_ui_url) if text in answer.text]
    world.checks.record(
        "AZ9",
        "the policy that B reads names no file and no address of the installation",
        expected="200 without them",
        seen=f"{answer.status_code} {names}",
        ok=answer.is_success and not names,
    )


async def check_silence(world: ProbeWorld, asked: AskedMissions) -> None:
    """AZ4, AZ15: A's missions ran and opened approvals; no socket of B heard of them."""
    await asyncio.sleep(6)  # one heartbeat of the server's sockets, which sends to all rooms again
    heard_in_a = world.listeners["A's approver"].mentions(set(asked.approvals))
    texts = world.foreign.texts | set(asked.approvals)
    for name, listener in world.listeners.items():
        if name == "A's approver":
            continue
        mentions = listener.mentions(texts)
        world.checks.record(
            "AZ15" if name.startswith("both") else "AZ4",
            f"the socket of B's {name} hears nothing of A while A's people hear of it",
            expected="0 messages",
            seen=f"{len(mentions)} of {len(listener.messages)} {mentions[:1]}; A heard {len(heard_in_a)}",
            ok=not mentions and bool(heard_in_a),
        )


async def check_hands(world: ProbeWorld, asked: AskedMissions) -> None:
    """AP12, AP1: neither the requester nor somebody who steered the mission can agree to its action."""
    card = await approval(world.a.admin, asked.steered[1])
    status = await respond(world.a.admin, card)
    after = await approval(world.a.people["second approver"], asked.steered[1])
    world.checks.record(
        "AP12",
        "the person who steered the hypothesis cannot agree to the action",
        expected="mayApprove false, 403, and no vote",
        seen=f"mayApprove {card['you']['mayApprove']}, {status}, {len(after['votes'])} votes",
        ok=not card["you"]["mayApprove"] and status in FORBIDDEN and not after["votes"],
    )
    both = world.both[world.a.slug]
    status = await respond(both, await approval(both, asked.shared[1]))
    world.checks.record(
        "AP1",
        "the requester, who is an approver as well, cannot agree",
        expected="403",
        seen=status,
        ok=status in FORBIDDEN,
    )


async def check_services(world: ProbeWorld, asked: AskedMissions) -> None:
    """AZ11: an approver for another service reads neither the approval nor its mission."""
    limited = await member(
        world.a.admin,
        f"Limited {CANARY}",
        Role.APPROVER,
        org=world.a.slug,
        services=["another-service"],
    )
    async with limited:
        mission, approval_id = asked.plain
        paths = {
            "the approval": f"/api/approvals/{approval_id}",
            "the mission": f"/api/missions/{mission}",
            "its events": f"/api/missions/{mission}/events",
            "its place in the queue": f"/api/queue/job/{mission}",
            "an artifact": f"/api/artifacts/{world.foreign.ids['artifact_id']}",
        }
        seen = {name: await limited.status("GET", path) for name, path in paths.items()}
        lists = {
            path: _mentions((await limited.request("GET", path)).text, {mission, approval_id})
            for path in ("/api/approvals", "/api/missions", "/api/missions?q=checkouts")
        }
        listener = Listener(limited)
        await listener.connect()
        answers = [
            await listener.call("mission:subscribe", mission),
            await listener.call("approval:subscribe", approval_id),
        ]
        await listener.close()
    ok = set(seen.values()) == {404} and not any(lists.values()) and not any("ok" in a for a in answers)
    world.checks.record(
        "AZ11",
        "an approver for another service reads neither an approval nor its mission",
        expected="404 everywhere, in no list, and no subscription",
        seen=f"{seen} {lists} {answers}",
        ok=ok,
    )


def _mentions(text: str, ids: set[str]) -> int:
    return sum(each in text for each in ids)


async def decided(reader: Visitor, mission_id: str, approval_id: str) -> list[dict[str, Any]]:
    """The votes about one approval, from its mission's events."""
    events = (await reader.get(f"/api/missions/{mission_id}/events"))["events"]
    payloads = [event["payload"] for event in events if event["payload"]["kind"] == "decided"]
    return [payload for payload in payloads if payload["approvalId"] == approval_id]
