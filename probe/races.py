"""Races: refresh tokens and approvals."""

import asyncio
import random
from collections import Counter
from typing import Any

import httpx

from missions.approval import Approval, ApprovalStatus, VoteChoice
from probe.incident import AskedMissions, decided
from probe.samples import approval, approval_of
from probe.visitors import Visitor
from probe.world import ProbeWorld

AT_ONCE = 50
ROUNDS = 4
REPLAY_AFTER_S = 11.0
ANSWERS = 1000
IN_FLIGHT = 100
RETRIES = 5
NO_ID = "0" * 64
OK = httpx.codes.OK


async def check_refresh(world: ProbeWorld) -> None:
    """AU2: fifty parallel renewals leave one lineage; a late replay ends the family, and nothing else."""
    person = world.b.people["second approver"]
    async with Visitor(world.url) as thief, Visitor(world.url) as other:
        await thief.login(person.email, person.password, person.org)
        await other.login(person.email, person.password, person.org)
        lineages, statuses, token = [], Counter[int](), thief.refresh_token
        for _ in range(ROUNDS):
            answers = await asyncio.gather(*(_renewed(thief, token) for _ in range(AT_ONCE)))
            statuses.update(answer.status_code for answer in answers)
            following = {answer.json()["refreshToken"] for answer in answers if answer.status_code == OK}
            lineages.append(len(following))
            first, token = token, next(iter(following), token)
        world.checks.record(
            "AU2",
            f"{ROUNDS} times {AT_ONCE} parallel renewals of one token leave one lineage",
            expected=f"{ROUNDS * AT_ONCE} times 200, 1 next token each time",
            seen=f"{dict(statuses)}, {lineages}",
            ok=set(lineages) == {1} and set(statuses) == {200},
        )
        await asyncio.sleep(REPLAY_AFTER_S)  # the leeway of parallel tabs is ten seconds
        replay, living = await _renewed(thief, first), await _renewed(thief, token)
        access = (await thief.http.get("/api/auth/me")).status_code
        elsewhere = (await other.http.get("/api/auth/me")).status_code
        seen = (replay.status_code, living.status_code, access, elsewhere)
        world.checks.record(
            "AU2",
            "a replay after ten seconds ends the family, and the person's other session goes on",
            expected="(401, 401, 401, 200)",
            seen=seen,
            ok=seen == (401, 401, 401, OK),
        )


async def _renewed(visitor: Visitor, token: str) -> httpx.Response:
    return await visitor.request("POST", "/api/auth/refresh", json={"refreshToken": token})


async def check_approvals(world: ProbeWorld, asked: AskedMissions) -> None:
    """AP3: a thousand answers race for a few approvals; each gets one decision and at most one effect."""
    rng = random.Random(14)  # noqa: S311  repeatable
    before = len(world.stack.effects())
    reader = world.a.people["second approver"]
    cards = [await approval(reader, each) for each in asked.approvals]
    racing = asyncio.Semaphore(IN_FLIGHT)
    statuses: Counter[int] = Counter()

    async def answer() -> None:
        visitor, card = rng.choice(list(_racers(world).values())), rng.choice(cards)
        luck = rng.random()
        body = {
            "status": "DENIED" if luck < 0.1 else "APPROVED",
            "notes": "The probe races.",
            "actionHash": NO_ID if luck > 0.9 else card["actionHash"],
        }
        async with racing:
            response = await _answered(visitor, f"/api/approvals/{card['id']}/respond", body)
        statuses[response.status_code] += 1

    await asyncio.gather(*(answer() for _ in range(ANSWERS)))
    missions = (asked.plain[0], asked.steered[0], asked.shared[0])
    await asyncio.gather(
        *(
            _until_settled(world.a.admin, mission, first)
            for mission, first in zip(missions, asked.approvals, strict=True)
        )
    )
    mistakes = []
    for mission, approval_id in zip(missions, asked.approvals, strict=True):
        final = Approval.model_validate(await approval(reader, approval_id))
        votes = await decided(world.a.people["auditor"], mission, approval_id)
        mistakes += violations(final, votes, world.stack.effects()[before:], _excluded(world, asked, final))
    mistakes += [f"{count} answers with {status}" for status, count in statuses.items() if status >= 500]
    world.checks.record(
        "AP3",
        f"{ANSWERS} racing answers decide each of {len(cards)} approvals once, with at most one effect",
        expected="0 violations",
        seen=f"{mistakes or 'none'}; answers {dict(sorted(statuses.items()))}",
        ok=not mistakes and sum(statuses.values()) == ANSWERS and statuses[OK] >= len(cards),
    )


async def _until_settled(admin: Visitor, mission_id: str, first: str) -> None:
    """Waits for the mission's end. A further approval, as the target changed, ends it: nobody answers it."""
    cancelled = False
    while True:
        events = (await admin.get(f"/api/missions/{mission_id}/events"))["events"]
        if any(event["payload"]["kind"] == "closed" for event in events):
            return
        if not cancelled and approval_of(events) != first:
            cancelled = (await admin.request("POST", f"/api/missions/{mission_id}/cancel")).is_success
        await asyncio.sleep(1)


async def _answered(visitor: Visitor, path: str, body: dict[str, str]) -> httpx.Response:
    """The answer; a 503, which says when to repeat, is repeated as clients do."""
    for _ in range(RETRIES):
        response = await visitor.request("PATCH", path, json=body)
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        await asyncio.sleep(float(response.headers["Retry-After"]))
    return response


def _racers(world: ProbeWorld) -> dict[str, Visitor]:
    """Everybody who tries: A's people and program, the person in both, and B's approvers."""
    b = {f"B's {name}": world.b.people[name] for name in ("approver", "admin")}
    return world.a.visitors | b | {"both": world.both[world.a.slug]}


def _excluded(world: ProbeWorld, asked: AskedMissions, final: Approval) -> set[str]:
    """The ids of people whose vote must not count: the requester, and who steered the mission."""
    steered = {str(world.a.admin.id)} if str(final.id) == asked.steered[1] else set()
    return steered | {str(final.requester)}


def violations(
    final: Approval, votes: list[dict[str, Any]], effects: list[dict[str, Any]], excluded: set[str]
) -> list[str]:
    """What contradicts the promises of one approval, after its mission has ended.

    `votes`: its `decided` events; `effects`: what was done to the target, with the approval's id as key.
    """
    ends = [vote for vote in votes if vote["status"] != ApprovalStatus.PENDING]
    agreed = {str(vote.person) for vote in final.votes if vote.answer is VoteChoice.APPROVED}
    denied = [vote for vote in final.votes if vote.answer is VoteChoice.DENIED]
    done = sum(str(final.id) in str(effect["key"]) for effect in effects)
    checks = {
        "is still open": final.status is ApprovalStatus.PENDING,
        f"was decided {len(ends)} times": len(ends) != 1,
        f"had {done} effects": done > 1,
        "had an effect without being approved": done > 0 and final.status is not ApprovalStatus.APPROVED,
        "had an effect over a denial": done > 0 and bool(denied),
        "was approved by too few": final.status is ApprovalStatus.APPROVED
        and len(agreed - excluded) < final.quorum,
        "has a vote of somebody who may not": bool(excluded & {str(vote.person) for vote in final.votes}),
    }
    return [f"approval {final.id} {name}" for name, broken in checks.items() if broken]
