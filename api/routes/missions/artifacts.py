from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter

from api.access import Reader
from api.dependencies.injected import Missions
from api.responses.missions import ArtifactLinkResponse
from missions.errors import InvalidError
from missions.evidence import ArtifactRef, Evidence
from stores.s3 import S3Artifacts

router = APIRouter(prefix="/artifacts", tags=["artifacts"])
LIFETIME = timedelta(seconds=60)


@router.get("/{artifact_id}")
async def get(artifact_id: UUID, person: Reader, missions: Missions) -> ArtifactLinkResponse:
    """A presigned link to the artifact, valid for a minute."""
    ref = await missions.store.artifact(person, artifact_id)
    return link_to(missions.artifacts, person.org, ref)


@router.get("/{artifact_id}/evidence")
async def evidence(artifact_id: UUID, person: Reader, missions: Missions) -> Evidence:
    """The numbers behind a picture: series with their queries, log lines, changes. 422 for other kinds."""
    ref = await missions.store.artifact(person, artifact_id)
    if ref.kind != "numbers":
        raise InvalidError("Only numbers can be read like this.")
    return Evidence.model_validate_json(await missions.artifacts.get(person.org, ref))


def link_to(artifacts: S3Artifacts, org: str, ref: ArtifactRef) -> ArtifactLinkResponse:
    """A presigned link to the organization's object. The caller has checked the person's rights."""
    return ArtifactLinkResponse(
        url=artifacts.presign(org, ref, int(LIFETIME.total_seconds())),
        expires_at=datetime.now(UTC) + LIFETIME,
        sha256=ref.sha256,
        content_type=ref.content_type,
    )
