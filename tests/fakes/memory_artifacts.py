import hashlib

from gate import Gate

from missions.artifacts import artifact_key, require_artifact
from missions.errors import NotFoundError, UnavailableError
from missions.evidence import ArtifactRef


class MemoryArtifacts:
    """Content-addressed objects."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.gate = Gate()
        self.error: Exception | None = None
        """Raised by every put: an unreachable storage."""

    async def put(self, org: str, content: bytes, content_type: str, kind: str, title: str) -> ArtifactRef:
        """The same bytes again are the same object."""
        await self.gate.pass_through()
        if self.error is not None:
            raise self.error
        sha256 = hashlib.sha256(content).hexdigest()
        key = artifact_key(org, kind, sha256, content_type)
        self.objects[key] = content
        return ArtifactRef(
            key=key, sha256=sha256, content_type=content_type, size=len(content), kind=kind, title=title
        )

    async def get(self, org: str, ref: ArtifactRef) -> bytes:
        """The bytes. Raises InvalidError, NotFoundError, and UnavailableError if the hash differs."""
        require_artifact(org, ref)
        if ref.key not in self.objects:
            raise NotFoundError(ref.key)
        content = self.objects[ref.key]
        if hashlib.sha256(content).hexdigest() != ref.sha256:
            raise UnavailableError(ref.key)
        return content
