from uuid import UUID

from fastapi import APIRouter

from api.access import Reader
from api.dependencies.injected import Missions
from api.responses.missions import QueueJobResponse, QueueStatus, QueueStatusResponse

router = APIRouter(prefix="/queue", tags=["queue"])


@router.get("/status")
async def status(person: Reader, missions: Missions) -> QueueStatusResponse:
    """The organization's missions: waiting ones from the database, others from Temporal; 503 without it."""
    load = await missions.queues.load(person.org)
    waiting = await missions.admission.waiting(person.org)
    maximum = await missions.admission.maximum(person.org)
    return QueueStatusResponse(status=QueueStatus(waiting=waiting, concurrency=maximum, **load.model_dump()))


@router.get("/job/{mission_id}")
async def job(mission_id: UUID, person: Reader, missions: Missions) -> QueueJobResponse:
    """One mission as Temporal sees it, for a person who may read the mission."""
    mission = await missions.store.get(person, mission_id)
    waiting_for = await missions.admission.waiting_for(person.org, mission)
    return QueueJobResponse(job=await missions.queues.job(person.org, mission), waiting_for=waiting_for)
