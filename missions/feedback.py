"""People's feedback on a mission's hypotheses. The latest feedback on each service counts."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from missions.frozen_model import FrozenModel


class FeedbackKind(StrEnum):
    """The kind of feedback; `open` takes earlier feedback back."""

    PINNED = "pinned"
    RULED_OUT = "ruled-out"
    ADDED = "added"
    OPEN = "open"


class Feedback(FrozenModel):
    """A person's feedback on one service as the cause."""

    service: str
    stance: FeedbackKind
    person: UUID
    name: str
    reason: str = ""


class FeedbackGiven(FrozenModel):
    """A person pinned, ruled out or added a hypothesis; `round` counts under the mission's lock."""

    kind: Literal["steered"] = "steered"
    stand: Feedback
    round: int = 0

    @property
    def key(self) -> str:
        """The event's identity."""
        return f"steered/{self.round}"
