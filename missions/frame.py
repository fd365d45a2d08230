from datetime import datetime

from missions.frozen_model import FrozenModel

FRAME_BYTES = 64_000
"""The most that one picture of the live view may have."""


class Frame(FrozenModel):
    """What a picture of the live view shows: never stored, told only while somebody watches."""

    mission_id: str
    at: datetime
    url: str
    doing: str
    target: str = ""
