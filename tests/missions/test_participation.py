"""Which events make a person a participant."""

from uuid import UUID

import pytest
import samples as sample
from sample_events import LINES

from missions.event import Payload
from missions.participant import ParticipantRole
from missions.participation import participant_of

ROLES = {
    "created": ParticipantRole.REQUESTER,
    "steered": ParticipantRole.STEERED,
    "taken-over": ParticipantRole.CONTROLLED_BROWSER,
    "given-back": ParticipantRole.CONTROLLED_BROWSER,
}
NO_PART = {"decided", "vote-withdrawn", "cancel-requested", "hidden"}
"""What a person does without shaping what is asked."""


@pytest.mark.parametrize("payload", [payload for payload, *_ in LINES], ids=lambda payload: payload.key)
def test_ap12_what_a_person_does_in_a_mission_is_judged(payload: Payload) -> None:
    """Each kind of event has a role or none; an event that names a person is in one of the two lists."""
    participant = participant_of(payload)
    assert (participant and participant.role) == ROLES.get(payload.kind)
    content = payload.model_dump(mode="json")
    names_person = "person" in content or "person" in content.get("stand", {}) or "brief" in content
    assert names_person == (payload.kind in ROLES.keys() | NO_PART)
    if participant is not None:
        assert participant.person in (UUID(int=9), sample.REQUESTER)
        assert participant.name in participant.words
