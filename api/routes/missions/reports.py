from uuid import UUID

from fastapi import APIRouter, Request

from api.access import Reader
from api.dependencies.injected import Authentication, Missions
from api.responses.missions import ArtifactLinkResponse
from api.routes.missions.artifacts import LIFETIME, link_to
from api.streams import authenticated_again
from missions.errors import NotFoundError
from missions.event import Reported
from missions.event_view import artifact_id
from missions.presigned_object import PresignedObject

router = APIRouter(prefix="/missions", tags=["missions"])


@router.get("/{mission_id}/report/pdf")
async def pdf(
    mission_id: UUID,
    request: Request,
    person: Reader,
    authentication: Authentication,
    missions: Missions,
) -> ArtifactLinkResponse:
    """A link to the report as PDF, valid for a minute. A browser worker prints it during the request.

    404 if the mission has no report yet, 503 if no browser worker prints it in time.
    """
    payloads = [event.payload for event in await missions.store.events(person, mission_id)]
    reports = [payload.html for payload in payloads if isinstance(payload, Reported)]
    if not reports:
        raise NotFoundError("The mission has no report yet.")
    ref = await missions.store.artifact(person, artifact_id(mission_id, reports[-1]))
    link = missions.artifacts.lend(person.org, ref, int(LIFETIME.total_seconds()))
    report = PresignedObject(org=person.org, ref=ref, link=link)
    printed = await missions.prints.pdf(mission_id, report)
    # Printing takes up to 50 s, in which the person may have lost the right to the report.
    reader = await authenticated_again(request, authentication)()
    await missions.store.artifact(reader, artifact_id(mission_id, reports[-1]))
    return link_to(missions.artifacts, reader.org, printed)
