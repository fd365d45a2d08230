from missions.evidence import ArtifactRef
from missions.frozen_model import FrozenModel


class PresignedObject(FrozenModel):
    """A stored object of an organization. Its `link` is valid for a minute, and reads no other object."""

    org: str
    ref: ArtifactRef
    link: str
