from math import ceil
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from api import streams
from api.access import Reader, Starter, Steerer, Wired
from api.requests.missions import FeedbackRequest, MissionRequest, TemplateMissionRequest
from api.responses.missions import (
    CreatedMissionResponse,
    EventListResponse,
    MissionListResponse,
    MissionResponse,
    MissionStatsResponse,
    Pagination,
)
from api.wiring import Wiring
from missions.errors import InvalidError
from missions.event_view import view_of
from missions.feedback import Feedback
from missions.hypotheses import Hypotheses
from missions.mission import Mission, Quota, Status
from missions.mission_rights import rights_on_mission
from missions.person import Person
from missions.step import step_of
from stores.postgres.missions.missions import MissionChange, NewMission
from stores.postgres.missions.overviews import Filter, SortBy

router = APIRouter(prefix="/missions", tags=["missions"])
EVENTS = 500
Key = Annotated[str | None, Header(min_length=1, max_length=200)]


@router.post("", status_code=201)
async def create(
    body: MissionRequest,
    request: Request,
    person: Starter,
    wiring: Wired,
    idempotency_key: Key = None,
) -> CreatedMissionResponse:
    """Starts a mission. It is accepted when it is stored: it waits as PENDING until its turn has come."""
    return await _start(body, request, person, wiring, idempotency_key)


@router.post("/from-template/{template_id}", status_code=201)
async def create_from_template(
    template_id: UUID,
    body: TemplateMissionRequest,
    request: Request,
    person: Starter,
    wiring: Wired,
    idempotency_key: Key = None,
) -> CreatedMissionResponse:
    """Starts a mission with what a template says, filled in."""
    whole = MissionRequest(template_id=template_id, **body.model_dump())
    return await _start(whole, request, person, wiring, idempotency_key)


@router.get("")
async def page(
    person: Reader,
    wiring: Wired,
    status: Status | None = None,
    sort_by: Annotated[SortBy, Query(alias="sortBy")] = SortBy.CREATED_AT,
    sort_order: Annotated[Literal["asc", "desc"], Query(alias="sortOrder")] = "desc",
    user_id: Annotated[UUID | None, Query(alias="userId")] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> MissionListResponse:
    """The person's missions (all for who may read all), newest first; by page, or better by cursor."""
    after = wiring.cursors.read(cursor) if cursor is not None else None
    offset = (page - 1) * limit if after is None else 0
    descending = sort_order == "desc"
    wanted = Filter(status=status, user_id=user_id, words=q, sort_by=sort_by, descending=descending)
    found = await wiring.overviews.page(person, wanted, limit=limit, after=after, offset=offset)
    return MissionListResponse(
        missions=tuple(found.missions),
        pagination=Pagination(
            page=page,
            limit=limit,
            total=found.total,
            total_pages=ceil(found.total / limit),
            next_cursor=wiring.cursors.write(found.next_after) if found.next_after else None,
        ),
    )


@router.get("/stats")
async def stats(
    person: Reader, wiring: Wired, user_id: Annotated[UUID | None, Query(alias="userId")] = None
) -> MissionStatsResponse:
    """The person's missions in numbers; all, or one user's, for who may read all."""
    return MissionStatsResponse(stats=await wiring.overviews.stats(person, user_id))


@router.get("/quota")
async def quota(person: Starter, wiring: Wired) -> Quota:
    """How many missions the person may still start in this hour."""
    return await wiring.missions.quota(person)


@router.get("/{mission_id}")
async def get(mission_id: UUID, person: Reader, wiring: Wired) -> MissionResponse:
    """The mission with its events as steps."""
    mission = await wiring.missions.get(person, mission_id)
    steps = tuple(step_of(event) for event in await wiring.missions.events(person, mission_id))
    pictures = [ref for step in steps for ref in step.artifacts if ref.kind == "screenshot"]
    return MissionResponse(
        mission=mission,
        steps=steps,
        latest_screenshot=pictures[-1] if pictures else None,
        waiting_for=await wiring.admission.waiting_for(person.org, mission),
        you=rights_on_mission(person, mission),
    )


@router.get(
    "/{mission_id}/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {streams.MEDIA_TYPE: {}}}, 204: {"description": "Ended, and all was heard."}},
)
async def stream(
    mission_id: UUID,
    request: Request,
    person: Reader,
    wiring: Wired,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """Server-Sent Events: each step with its seq as id, from `after` or Last-Event-ID to the mission's end.

    204 tells an EventSource not to come again.
    """
    mission = await wiring.missions.get(person, mission_id)
    begin = after if last_event_id is None else last_event_id
    if mission.status.is_terminal and begin >= mission.last_seq:
        return Response(status_code=204)
    told = streams.steps_after(wiring, streams.asked_again(request, wiring), mission_id, begin)
    return StreamingResponse(told, media_type=streams.MEDIA_TYPE, headers=streams.HEADERS)


@router.get("/{mission_id}/events")
async def events(
    mission_id: UUID, person: Reader, wiring: Wired, after: Annotated[int, Query(ge=0)] = 0
) -> EventListResponse:
    """At most 500 events with seq > after, gapless and in order; ask again until lastSeq is reached."""
    recorded = await wiring.missions.events(person, mission_id, after, EVENTS)
    mission = await wiring.missions.get(person, mission_id)
    return EventListResponse(
        events=tuple(view_of(event) for event in recorded),
        mission=mission,
        last_seq=mission.last_seq,
        you=rights_on_mission(person, mission),
    )


@router.get("/{mission_id}/hypotheses")
async def hypotheses(mission_id: UUID, person: Reader, wiring: Wired) -> Hypotheses:
    """What the mission holds for possible, likeliest first, with what people say about it."""
    return await wiring.missions.hypotheses(person, mission_id)


@router.post("/{mission_id}/hypotheses")
async def steer(mission_id: UUID, body: FeedbackRequest, person: Steerer, wiring: Wired) -> Hypotheses:
    """Pins, rules out or adds a service as the cause; the mission diagnoses again. 409 where it has ended.

    The latest word about a service counts, whoever said it; the same again changes nothing.
    """
    stand = Feedback(
        service=body.service, stance=body.stance, person=person.id, name=person.name, reason=body.reason
    )
    found, change = await wiring.missions.steer(person, mission_id, stand)
    await _tell(wiring, person.org, change)
    return found


@router.post("/{mission_id}/cancel", status_code=202)
async def cancel(mission_id: UUID, person: Reader, wiring: Wired) -> Mission:
    """Asks the mission to stop. What was begun at a target is finished and recorded first."""
    change = await wiring.missions.cancel(person, mission_id)
    await _tell(wiring, person.org, change)
    return change.mission


@router.delete("/{mission_id}", status_code=204)
async def delete(mission_id: UUID, person: Reader, wiring: Wired) -> None:
    """Hides an ended mission; its events and audit stay. 409 where it has not ended: cancel it first."""
    change = await wiring.missions.hide(person, mission_id)
    await _tell(wiring, person.org, change)


async def _start(
    body: MissionRequest, request: Request, person: Person, wiring: Wiring, idempotency_key: str | None
) -> CreatedMissionResponse:
    prompt, dashboard_type = body.prompt, body.dashboard_type
    if body.template_id is not None:
        template = await wiring.templates.one(person.org, body.template_id)
        prompt = prompt or template.prompt_for(body.variables or {})
        dashboard_type = dashboard_type or template.dashboard_type
    if prompt is None:
        raise InvalidError("A prompt is needed, or a templateId.")
    wish = NewMission(
        prompt=prompt,
        priority=body.priority,
        dashboard_url=body.dashboard_url,
        dashboard_type=dashboard_type,
        idempotency_key=idempotency_key,
        correlation_id=request.state.correlation_id,
        template_id=body.template_id,
        timeout=wiring.mission_timeout,
    )
    change = await wiring.missions.create(person, wish, wiring.public_url)
    await _tell(wiring, person.org, change)
    return CreatedMissionResponse(
        mission_id=change.mission.id, mission=change.mission, you=rights_on_mission(person, change.mission)
    )


async def _tell(wiring: Wiring, org: str, change: MissionChange) -> None:
    """Hints to watchers, and to Temporal at once; the outbox repeats what gets lost."""
    if change.message is not None:
        await wiring.relay.hasten(change.message)
    for recorded in change.recorded:
        await wiring.announcer.announce(org, recorded)
