from uuid import UUID

from fastapi import APIRouter

from api.access import Reader, Wired
from api.responses.missions import QueueJobResponse, QueueStatus, QueueStatusResponse

router = APIRouter(prefix="/queue", tags=["queue"])


@router.get("/status")
async def status(person: Reader, wiring: Wired) -> QueueStatusResponse:
    """The organization's missions: waiting by our table, all else by Temporal; 503 where it is away."""
    load = await wiring.queues.load(person.org)
    waiting = await wiring.admission.waiting(person.org)
    maximum = await wiring.admission.maximum(person.org)
    standing = QueueStatus(waiting=waiting, concurrency=maximum, **load.model_dump())

    return QueueStatusResponse(status=standing)


@router.get("/job/{mission_id}")
async def job(mission_id: UUID, person: Reader, wiring: Wired) -> QueueJobResponse:
    """One mission as Temporal sees it; to whoever may read the mission."""
    mission = await wiring.missions.get(person, mission_id)
    waiting_for = await wiring.admission.waiting_for(person.org, mission)
    return QueueJobResponse(job=await wiring.queues.job(person.org, mission), waiting_for=waiting_for)
