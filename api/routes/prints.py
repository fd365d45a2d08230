from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from api.access import Reader, Wired
from api.responses.missions import ArtifactLinkResponse
from api.routes.artifacts import LIFETIME
from missions.errors import NotFoundError
from missions.event import Reported
from missions.event_view import artifact_id
from missions.presigned_object import PresignedObject

router = APIRouter(prefix="/missions", tags=["missions"])


@router.get("/{mission_id}/report/pdf")
async def pdf(mission_id: UUID, person: Reader, wiring: Wired) -> ArtifactLinkResponse:
    """The report as PDF: a link that works for a minute. A browser worker prints it while you wait.

    404 where the mission has no report (yet), 503 where no browser worker prints it in time.
    """
    payloads = [event.payload for event in await wiring.missions.events(person, mission_id)]
    reports = [payload.html for payload in payloads if isinstance(payload, Reported)]
    if not reports:
        raise NotFoundError("The mission has no report yet.")
    ref = await wiring.missions.artifact(person, artifact_id(mission_id, reports[-1]))
    loan = PresignedObject(
        org=person.org, ref=ref, link=wiring.artifacts.lend(ref, int(LIFETIME.total_seconds()))
    )
    printed = await wiring.prints.pdf(mission_id, loan)
    url = wiring.artifacts.presign(printed, int(LIFETIME.total_seconds()))
    return ArtifactLinkResponse(
        url=url,
        expires_at=datetime.now(UTC) + LIFETIME,
        sha256=printed.sha256,
        content_type=printed.content_type,
    )
