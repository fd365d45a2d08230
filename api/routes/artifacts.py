from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter

from api.access import Reader, Wired
from api.responses.missions import ArtifactLinkResponse
from missions.errors import InvalidError
from missions.evidence import Evidence

router = APIRouter(prefix="/artifacts", tags=["artifacts"])
LIFETIME = timedelta(seconds=60)


@router.get("/{artifact_id}")
async def get(artifact_id: UUID, person: Reader, wiring: Wired) -> ArtifactLinkResponse:
    """A link that works for a minute, made after the right was checked."""
    ref = await wiring.missions.artifact(person, artifact_id)
    url = wiring.artifacts.presign(ref, int(LIFETIME.total_seconds()))
    return ArtifactLinkResponse(
        url=url, expires_at=datetime.now(UTC) + LIFETIME, sha256=ref.sha256, content_type=ref.content_type
    )


@router.get("/{artifact_id}/evidence")
async def evidence(artifact_id: UUID, person: Reader, wiring: Wired) -> Evidence:
    """The numbers behind a picture: series with their queries, log lines, changes. 422 for others."""
    ref = await wiring.missions.artifact(person, artifact_id)
    if ref.kind != "numbers":
        raise InvalidError("Only numbers can be read like this.")
    return Evidence.model_validate_json(await wiring.artifacts.get(ref))
