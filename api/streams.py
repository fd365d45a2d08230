import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from fastapi import Request

from api.access import Wired, allowed
from api.wiring import Wiring
from missions.errors import OpsError
from missions.mission import Mission
from missions.person import Permission, Person
from missions.step import Step

LOOK_S = 1.0
BEAT_S = 15.0
LIFE_S = 600.0
"""A stream ends after ten minutes; an EventSource comes again by itself, with the last id it heard."""
STEPS = 200
MEDIA_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}
"""Told to nginx and its like: pass each event on at once."""


def event(name: str, content: str, seq: int | None = None) -> str:
    """One Server-Sent Event; `content` is JSON on one line."""
    place = "" if seq is None else f"id: {seq}\n"
    return f"{place}event: {name}\ndata: {content}\n\n"


async def steps_after(
    wiring: Wiring, again: Callable[[], Awaitable[Person]], mission_id: UUID, after: int
) -> AsyncIterator[str]:
    """The mission's steps with seq > after from the table, gapless and in order, until the mission ends.

    The person's rights are asked for anew with every look; `end` says that nothing follows.
    """
    born = heard = time.monotonic()
    yield "retry: 2000\n\n"
    while time.monotonic() - born < LIFE_S:
        try:
            mission, steps = await _look(wiring, await again(), mission_id, after)
        except OpsError:  # signed out, no longer allowed, deleted, or the database is away: come again
            return
        for step in steps:
            yield event("mission:step", step.model_dump_json(by_alias=True), step.seq)
            after, heard = step.seq, time.monotonic()
        if mission.status.is_terminal and after >= mission.last_seq:
            yield event(
                "end", mission.model_dump_json(by_alias=True, include={"status", "outcome", "last_seq"})
            )
            return
        if time.monotonic() - heard >= BEAT_S:
            yield ": still there\n\n"
            heard = time.monotonic()
        if not steps:
            await asyncio.sleep(LOOK_S)  # the poll of a table, not a wait for a condition


async def _look(wiring: Wiring, person: Person, mission_id: UUID, after: int) -> tuple[Mission, list[Step]]:
    """The mission first: what it counts, the steps that are read after it hold."""
    mission = await wiring.missions.get(person, mission_id)
    return mission, await wiring.missions.steps(person, mission_id, after, STEPS)


def asked_again(request: Request, wiring: Wired) -> Callable[[], Awaitable[Person]]:
    """Who asks, with the roles of now."""
    check = allowed(Permission.READ_OWN_MISSIONS)
    return lambda: check(request, wiring)
