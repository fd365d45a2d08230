"""Founding organizations, their limits, and what stays of a deleted one."""

import asyncio
from typing import Any

from probe.accounts import DELETED, REFUSED
from probe.people import delete
from probe.visitors import Visitor
from probe.world import ProbeWorld

DOZEN = 12
BEYOND = 10_000


async def check_founding(world: ProbeWorld) -> None:
    """AZ12, AZ10: only the first organization founds, and a child's maximum comes out of its parent's."""
    body = {"slug": "grandchild", "name": "Grandchild"}
    by_child = await world.b.admin.status("POST", "/api/orgs", body)
    world.checks.record(
        "AZ12",
        "an administrator of B founds no organization",
        expected="403",
        seen=by_child,
        ok=by_child == 403,
    )
    by_program = [
        await org.program.status("POST", "/api/orgs", {"slug": "by-program", "name": "By a program"})
        for org in (world.a, world.b)
        if org.program is not None
    ]
    world.checks.record(
        "AZ10",
        "a program founds no organization",
        expected="403 in both organizations",
        seen=by_program,
        ok=by_program == [403, 403],
    )
    path, body_of_limit = f"/api/orgs/{world.b.slug}", {"maxConcurrentMissions": BEYOND}
    raised = {
        "B's administrator": await world.b.admin.status("PATCH", path, body_of_limit),
        "its founder": await world.founder.status("PATCH", path, body_of_limit),
    }
    world.checks.record(
        "AZ12",
        "nobody gives B more missions at once than its founder has",
        expected="4xx for both",
        seen=raised,
        ok=all(status in REFUSED for status in raised.values()),
    )
    await world.founder.status("PATCH", path, {"maxConcurrentMissions": 2})


async def check_slugs(world: ProbeWorld) -> None:
    """AZ12: a slug does not tell whether an organization exists."""
    taken = [
        await world.founder.request("POST", "/api/orgs", json={"slug": slug, "name": "Again"})
        for slug in (world.a.slug, world.b.slug, DELETED)
    ]
    answers = {(answer.status_code, _detail(answer.json())) for answer in taken if answer.is_error}
    world.checks.record(
        "AZ12",
        "taken and deleted slugs get one answer",
        expected="one answer",
        seen=answers,
        ok=len(answers) == 1 and all(answer.is_error for answer in taken),
    )
    await _logins(world)


async def _logins(world: ProbeWorld) -> None:
    """A login to an organization of others looks like a login to none."""
    person = world.b.people["viewer"]
    async with Visitor(world.url) as stranger:
        answers = [
            await stranger.login(person.email, person.password, slug) for slug in (world.a.slug, "nowhere")
        ]
    seen = [(answer.status_code, _detail(answer.json())) for answer in answers]
    world.checks.record(
        "AZ12",
        "a login to a foreign organization gets the answer of one to no organization",
        expected="two equal refusals",
        seen=seen,
        ok=seen[0] == seen[1] and answers[0].is_error,
    )


async def check_founding_pace(world: ProbeWorld) -> None:
    """AZ12: a dozen organizations are not founded in a few seconds."""
    bodies = [{"slug": f"dozen-{number}", "name": "One of a dozen"} for number in range(DOZEN)]
    answers = await asyncio.gather(
        *(world.founder.request("POST", "/api/orgs", patient=False, json=body) for body in bodies)
    )
    statuses = [answer.status_code for answer in answers]
    world.checks.record(
        "AZ12",
        "a dozen organizations cannot be founded at once",
        expected="some 4xx, no 5xx",
        seen=statuses,
        ok=any(status in REFUSED for status in statuses) and max(statuses) < 500,
    )


async def check_deletion(world: ProbeWorld, reader: Visitor) -> None:
    """LG6: B is deleted; the founder's entry says how its trail ended, and nothing of B can be read."""
    chain = await world.b.admin.get("/api/audit", limit=1)
    await delete(world.founder, world.b)
    entries = (await world.founder.get("/api/audit", deed="org.deleted"))["entries"]
    entry: dict[str, Any] = next((each for each in entries if each["subject"] == f"org/{world.b.slug}"), {})
    text = f"{entry.get('detail')} {entry.get('before')} {entry.get('after')}"
    newest = chain["entries"][0]
    world.checks.record(
        "LG6",
        "the founder's entry about B's deletion holds the last number and hash of B's trail",
        expected=f"a number from {newest['seq']} on, and a hash of 64 digits",
        seen=text,
        ok=bool(entry) and _has_hash(text),
    )
    left = await reader.status("GET", "/api/missions")
    world.checks.record(
        "AU14",
        "nobody of the deleted organization reads anything",
        expected="401",
        seen=left,
        ok=left in REFUSED,
    )


def _has_hash(text: str) -> bool:
    words = text.replace('"', " ").split()
    return any(
        len(word.strip(",:}")) == 64 and set(word.strip(",:}")) <= set("0123456789abcdef") for word in words
    )


def _detail(content: dict[str, Any]) -> str:
    return f"{content.get('title')} {content.get('detail')}"
