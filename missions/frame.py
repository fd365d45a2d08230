from datetime import datetime

from missions.word import Word

FRAME_BYTES = 64_000
"""The most that one picture of the live view may have."""


class Frame(Word):
    """What a picture of the live view shows: never stored, told only while somebody watches."""

    mission_id: str
    at: datetime
    url: str
    doing: str
    target: str = ""
