import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from fastapi import Request

from api.access import Allowed
from api.dependencies.identity import AuthenticationDependencies
from missions.errors import OpsError
from missions.mission import Mission
from missions.permissions import Permission
from missions.person import Person
from missions.step import Step, step_of
from stores.postgres.missions.missions import MissionStore

POLL_S = 1.0
BEAT_S = 15.0
LIFE_S = 600.0
"""A stream ends after ten minutes; an EventSource reconnects by itself, with its last event id."""
EVENTS = 200
MEDIA_TYPE = "text/event-stream"
_END = {"status", "outcome", "looks_again_at", "last_seq"}
HEADERS = {"X-Accel-Buffering": "no"}
"""Makes nginx and similar proxies pass each event on at once."""


def event(name: str, content: str, seq: int | None = None) -> str:
    """One Server-Sent Event; `content` is JSON on one line."""
    place = "" if seq is None else f"id: {seq}\n"
    return f"{place}event: {name}\ndata: {content}\n\n"


async def steps_after(
    missions: MissionStore, authenticate: Callable[[], Awaitable[Person]], mission_id: UUID, after: int
) -> AsyncIterator[str]:
    """The mission's steps with seq > after, gapless and in order, until the mission ends.

    Checks the person's rights before each read of the table. The event `end` says that nothing follows; with
    `looksAgainAt` only the result of a later look does.
    """
    opened = sent = time.monotonic()
    yield "retry: 2000\n\n"
    while time.monotonic() - opened < LIFE_S:
        try:
            mission, steps = await _read(missions, await authenticate(), mission_id, after)
        except OpsError:  # signed out, not allowed, deleted, or no database: the client reconnects
            return
        for step in steps:
            yield event("mission:step", step.model_dump_json(by_alias=True), step.seq)
            after, sent = step.seq, time.monotonic()
        if mission.status.is_terminal and after >= mission.last_seq:
            yield event("end", mission.model_dump_json(by_alias=True, include=_END))
            return
        if time.monotonic() - sent >= BEAT_S:
            yield ": still there\n\n"
            sent = time.monotonic()
        if not steps:
            await asyncio.sleep(POLL_S)  # polls the table


async def _read(
    missions: MissionStore, person: Person, mission_id: UUID, after: int
) -> tuple[Mission, list[Step]]:
    """Reads the mission first, so that the steps reach at least as far as its `last_seq`."""
    mission = await missions.get(person, mission_id)
    events = await missions.events(person, mission_id, after, EVENTS)
    return mission, [step_of(event) for event in events]


def authenticated_again(
    request: Request, authentication: AuthenticationDependencies
) -> Callable[[], Awaitable[Person]]:
    """Authenticates the request again at each call: the person with their roles of that time."""
    check = Allowed(Permission.READ_OWN_MISSIONS)
    return lambda: check(request, authentication)
