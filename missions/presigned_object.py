from missions.evidence import ArtifactRef
from missions.frozen_model import FrozenModel


class PresignedObject(FrozenModel):
    """An object of an organization, lent: who has the `link` reads it for a minute, and nothing else."""

    org: str
    ref: ArtifactRef
    link: str
