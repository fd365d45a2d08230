"""Participants: people who took part in what a mission asks for. They do not decide about it."""

from enum import StrEnum
from uuid import UUID

from missions.frozen_model import FrozenModel


class ParticipantRole(StrEnum):
    """How a person took part.

    `holds-key`: the person created an API key of a service account that took part, or may have created it.
    """

    REQUESTER = "requester"
    STEERED = "steered"
    CONTROLLED_BROWSER = "controlled-browser"
    HOLDS_KEY = "holds-key"

    @property
    def words(self) -> str:
        """What the person did, after their name."""
        return _WORDS[self]


_WORDS = {
    ParticipantRole.REQUESTER: "requested the mission",
    ParticipantRole.STEERED: "gave feedback on its hypotheses",
    ParticipantRole.CONTROLLED_BROWSER: "controlled its browser",
    ParticipantRole.HOLDS_KEY: "may hold a key of the service account that took part",
}


class Participant(FrozenModel):
    """One person in one role; a person may have several roles in a mission."""

    person: UUID
    name: str
    role: ParticipantRole

    @property
    def words(self) -> str:
        """The participation in words, with the name."""
        return f"{self.name} {self.role.words}"
