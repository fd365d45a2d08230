from math import ceil
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from api import streams
from api.access import Reader, Starter
from api.dependencies.injected import Authentication, Missions, Site, Updates
from api.dependencies.missions import MissionDependencies
from api.requests.missions import MissionRequest, TemplateMissionRequest
from api.responses.missions import (
    CreatedMissionResponse,
    EventListResponse,
    MissionListResponse,
    MissionResponse,
    MissionStatsResponse,
    Pagination,
)
from missions.errors import InvalidError
from missions.event_view import view_of
from missions.mission import Mission, Quota, Status
from missions.mission_rights import rights_on_mission
from missions.person import Person
from missions.step import step_of
from stores.postgres.missions.missions import NewMission
from stores.postgres.missions.overviews import Filter, SortBy

router = APIRouter(prefix="/missions", tags=["missions"])
EVENTS = 500
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


@router.post("", status_code=201)
async def create(
    body: MissionRequest,
    request: Request,
    person: Starter,
    missions: Missions,
    updates: Updates,
    site: Site,
    idempotency_key: IdempotencyKey = None,
) -> CreatedMissionResponse:
    """Starts a mission. It is stored when this returns, and waits as PENDING for its turn."""
    new = await _new_mission(body, request, person, missions, idempotency_key)
    change = await missions.store.create(person, new, site.public_url)
    await updates.send(person.org, change)
    you = rights_on_mission(person, change.mission)
    return CreatedMissionResponse(mission_id=change.mission.id, mission=change.mission, you=you)


@router.post("/from-template/{template_id}", status_code=201)
async def create_from_template(
    template_id: UUID,
    body: TemplateMissionRequest,
    request: Request,
    person: Starter,
    missions: Missions,
    updates: Updates,
    site: Site,
    idempotency_key: IdempotencyKey = None,
) -> CreatedMissionResponse:
    """Starts a mission from a template and its variables."""
    whole = MissionRequest(template_id=template_id, **body.model_dump())
    return await create(whole, request, person, missions, updates, site, idempotency_key)


@router.get("")
async def page(
    person: Reader,
    missions: Missions,
    status: Status | None = None,
    sort_by: Annotated[SortBy, Query(alias="sortBy")] = SortBy.CREATED_AT,
    sort_order: Annotated[Literal["asc", "desc"], Query(alias="sortOrder")] = "desc",
    user_id: Annotated[UUID | None, Query(alias="userId")] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: UUID | None = None,
) -> MissionListResponse:
    """The person's missions, newest first; every mission for a person who may read all.

    `cursor` is the id of the last mission on the previous page: unlike `page` it stays right while missions
    are added.
    """
    offset = (page - 1) * limit if cursor is None else 0
    wanted = Filter(status=status, user_id=user_id, words=q, sort_by=sort_by, descending=sort_order == "desc")
    listed = await missions.overviews.page(person, wanted, limit=limit, after=cursor, offset=offset)
    return MissionListResponse(
        missions=tuple(listed.missions),
        pagination=Pagination(
            page=page,
            limit=limit,
            total=listed.total,
            total_pages=ceil(listed.total / limit),
            next_cursor=str(listed.next_after) if listed.next_after else None,
        ),
    )


@router.get("/stats")
async def stats(
    person: Reader, missions: Missions, user_id: Annotated[UUID | None, Query(alias="userId")] = None
) -> MissionStatsResponse:
    """Statistics of the person's missions; of all, or of one user's, for a person who may read all."""
    return MissionStatsResponse(stats=await missions.overviews.stats(person, user_id))


@router.get("/quota")
async def quota(person: Starter, missions: Missions) -> Quota:
    """How many missions the person may still start in this hour."""
    return await missions.store.quota(person)


@router.get("/{mission_id}")
async def get(mission_id: UUID, person: Reader, missions: Missions) -> MissionResponse:
    """The mission with its events as steps."""
    mission = await missions.store.get(person, mission_id)
    steps = tuple(step_of(event) for event in await missions.store.events(person, mission_id))
    pictures = [ref for step in steps for ref in step.artifacts if ref.kind == "screenshot"]
    return MissionResponse(
        mission=mission,
        steps=steps,
        latest_screenshot=pictures[-1] if pictures else None,
        waiting_for=await missions.admission.waiting_for(person.org, mission),
        you=rights_on_mission(person, mission),
    )


@router.get(
    "/{mission_id}/stream",
    response_class=StreamingResponse,
    responses={
        200: {"content": {streams.MEDIA_TYPE: {}}},
        204: {"description": "The mission has ended, and the client has every step."},
    },
)
async def stream(
    mission_id: UUID,
    request: Request,
    person: Reader,
    authentication: Authentication,
    missions: Missions,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """Server-Sent Events: each step with its seq as id, from `after` or Last-Event-ID to the mission's end.

    A 204 stops an EventSource from reconnecting.
    """
    mission = await missions.store.get(person, mission_id)
    begin = after if last_event_id is None else last_event_id
    if mission.status.is_terminal and begin >= mission.last_seq:
        return Response(status_code=204)
    authenticate_again = streams.authenticated_again(request, authentication)
    events = streams.steps_after(missions.store, authenticate_again, mission_id, begin)
    return StreamingResponse(events, media_type=streams.MEDIA_TYPE, headers=streams.HEADERS)


@router.get("/{mission_id}/events")
async def events(
    mission_id: UUID, person: Reader, missions: Missions, after: Annotated[int, Query(ge=0)] = 0
) -> EventListResponse:
    """At most 500 events with seq > after, in order and without gaps. Repeat until lastSeq is reached."""
    events = await missions.store.events(person, mission_id, after, EVENTS)
    mission = await missions.store.get(person, mission_id)
    return EventListResponse(
        events=tuple(view_of(event) for event in events),
        mission=mission,
        last_seq=mission.last_seq,
        you=rights_on_mission(person, mission),
    )


@router.post("/{mission_id}/cancel", status_code=202)
async def cancel(mission_id: UUID, person: Reader, missions: Missions, updates: Updates) -> Mission:
    """Asks the mission to stop. An action that has begun is finished and recorded first."""
    change = await missions.store.cancel(person, mission_id)
    await updates.send(person.org, change)
    return change.mission


@router.delete("/{mission_id}", status_code=204)
async def delete(mission_id: UUID, person: Reader, missions: Missions, updates: Updates) -> None:
    """Hides an ended mission; its events and its audit entries stay. 409 for a mission that still runs."""
    change = await missions.store.hide(person, mission_id)
    await updates.send(person.org, change)


async def _new_mission(
    body: MissionRequest,
    request: Request,
    person: Person,
    missions: MissionDependencies,
    idempotency_key: str | None,
) -> NewMission:
    prompt, dashboard_type = body.prompt, body.dashboard_type
    if body.template_id is not None:
        template = await missions.templates.one(person.org, body.template_id)
        prompt = prompt or template.prompt_for(body.variables or {})
        dashboard_type = dashboard_type or template.dashboard_type
    if prompt is None:
        raise InvalidError("A prompt is needed, or a templateId.")
    return NewMission(
        prompt=prompt,
        priority=body.priority,
        dashboard_url=body.dashboard_url,
        dashboard_type=dashboard_type,
        idempotency_key=idempotency_key,
        correlation_id=request.state.correlation_id,
        template_id=body.template_id,
        timeout=missions.timeout,
    )
