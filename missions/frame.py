from datetime import datetime

from missions.frozen_model import FrozenModel

FRAME_BYTES = 64_000
"""Size limit of one picture of the live view."""


class Frame(FrozenModel):
    """The description of one picture of the live view. It is never stored, and sent only to watchers."""

    mission_id: str
    at: datetime
    url: str
    doing: str
    target: str = ""
