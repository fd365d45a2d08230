from math import ceil
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query

from api.access import Reader, Starter, Wired
from api.answers import Detail, Events, Missions, Pagination, Started
from api.inputs import NewMission
from api.wiring import Wiring
from missions.mission import Mission, Status
from stores.postgres.missions import Change, Wish

router = APIRouter(prefix="/missions", tags=["missions"])
EVENTS = 500


@router.post("", status_code=201)
async def create(
    body: NewMission,
    person: Starter,
    wiring: Wired,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Started:
    """Starts a mission. It is accepted when it is stored: with Temporal down it waits as PENDING."""
    wish = Wish(
        prompt=body.prompt,
        priority=body.priority,
        dashboard_url=body.dashboard_url,
        dashboard_type=body.dashboard_type,
        idempotency_key=idempotency_key,
    )
    change = await wiring.missions.create(person, wish, wiring.public_url)
    await _tell(wiring, person.org, change)
    return Started(mission_id=change.mission.id, mission=change.mission)


@router.get("")
async def page(
    person: Reader,
    wiring: Wired,
    status: Status | None = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Missions:
    """The person's missions (an administrator's: all), newest first; by page, or better by cursor."""
    after = wiring.cursors.read(cursor) if cursor is not None else None
    offset = (page - 1) * limit if after is None else 0
    found = await wiring.missions.page(person, status, limit=limit, after=after, offset=offset)
    return Missions(
        missions=tuple(found.missions),
        pagination=Pagination(
            page=page,
            limit=limit,
            total=found.total,
            total_pages=ceil(found.total / limit),
            next_cursor=wiring.cursors.write(found.next_after) if found.next_after else None,
        ),
    )


@router.get("/{mission_id}")
async def get(mission_id: UUID, person: Reader, wiring: Wired) -> Detail:
    """The mission with its timeline."""
    mission = await wiring.missions.get(person, mission_id)
    steps = await wiring.missions.steps(person, mission_id, 0)
    pictures = [one for step in steps for one in step.artifacts if one.kind == "screenshot"]
    return Detail(mission=mission, steps=tuple(steps), latest_screenshot=pictures[-1] if pictures else None)


@router.get("/{mission_id}/events")
async def events(
    mission_id: UUID, person: Reader, wiring: Wired, after: Annotated[int, Query(ge=0)] = 0
) -> Events:
    """At most 500 events with seq > after, gapless and in order; ask again until lastSeq is reached."""
    found = await wiring.missions.events(person, mission_id, after, EVENTS)
    mission = await wiring.missions.get(person, mission_id)
    return Events(events=found, last_seq=mission.last_seq)


@router.post("/{mission_id}/cancel", status_code=202)
async def cancel(mission_id: UUID, person: Reader, wiring: Wired) -> Mission:
    """Asks the mission to stop. What was begun at a target is finished and recorded first."""
    change = await wiring.missions.cancel(person, mission_id)
    await _tell(wiring, person.org, change)
    return change.mission


async def _tell(wiring: Wiring, org: str, change: Change) -> None:
    """Hints to watchers, and to Temporal at once; the outbox repeats what gets lost."""
    if change.message is not None:
        await wiring.relay.deliver(change.message)
    if change.recorded is not None:
        await wiring.announcer.announce(org, change.recorded)
