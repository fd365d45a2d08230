"""The API states what a person may do with an approval or a mission."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import samples as sample

from missions.approval import Approval, ApprovalStatus, Vote, VoteChoice
from missions.approval_rights import WhyNotCode, rights_on_approval, what_is_missing, why_not
from missions.mission import Mission, Priority, Status
from missions.mission_rights import rights_on_mission
from missions.participant import Participant, ParticipantRole
from missions.permissions import Role
from missions.person import Person
from missions.proposal import RiskLevel

APPROVER = sample.person(Role.APPROVER)
NOW = sample.NOON + timedelta(minutes=1)


def took_part(person: Person, role: ParticipantRole = ParticipantRole.STEERED) -> Participant:
    return Participant(person=person.id, name=person.name, role=role)


def voted(person: Person) -> Vote:
    return Vote(person=person.id, name=person.name, answer=VoteChoice.APPROVED, at=NOW)


@pytest.mark.parametrize(
    ("person", "changes", "now", "code"),
    [
        (APPROVER, {}, NOW, None),
        (sample.person(Role.ADMIN, is_service=True), {}, NOW, WhyNotCode.SERVICE_ACCOUNT),
        (sample.person(Role.OPERATOR), {}, NOW, WhyNotCode.ROLE),
        (APPROVER, {"requester": APPROVER.id}, NOW, WhyNotCode.REQUESTER),
        (APPROVER, {"participants": (took_part(APPROVER),)}, NOW, WhyNotCode.PARTICIPANT),
        (APPROVER, {"later_participants": (took_part(APPROVER),)}, NOW, WhyNotCode.PARTICIPANT),
        (APPROVER, {"participants": (took_part(sample.person()),)}, NOW, None),
        (APPROVER.model_copy(update={"services": frozenset({"other"})}), {}, NOW, WhyNotCode.SERVICE),
        (
            APPROVER,
            {"verdict": sample.verdict().model_copy(update={"group": "dba"})},
            NOW,
            WhyNotCode.GROUP,
        ),
        (APPROVER, {"status": ApprovalStatus.DENIED}, NOW, WhyNotCode.CLOSED),
        (APPROVER, {}, sample.NOON + timedelta(minutes=30), WhyNotCode.EXPIRED),
        (APPROVER, {"votes": (voted(APPROVER),)}, NOW, WhyNotCode.ANSWERED),
        (APPROVER, {"out_of_votes": (APPROVER.id,)}, NOW, WhyNotCode.OUT_OF_VOTES),
    ],
)
def test_the_reason_against_an_answer_has_a_code(
    person: Person, changes: dict[str, Any], now: datetime, code: WhyNotCode | None
) -> None:
    """A person gets a reason with a code exactly if the person may not vote."""
    rights = rights_on_approval(person, sample.approval(**changes), now)
    assert rights.may_approve == (code is None)
    assert (rights.why_not and rights.why_not.code) == code


@pytest.mark.parametrize("role", ParticipantRole)
def test_ap12_the_reason_says_how_a_person_took_part(role: ParticipantRole) -> None:
    """Each role has its own sentence, and the vote of a participant does not count."""
    participants = (took_part(APPROVER, role),)
    approval = sample.approval(participants=participants, votes=(voted(APPROVER), voted(sample.person())))
    reason = why_not(APPROVER, approval)
    others = {
        why_not(APPROVER, sample.approval(participants=(took_part(APPROVER, other),)))
        for other in ParticipantRole
        if other is not role
    }
    assert reason is not None
    assert reason not in others
    assert approval.agreed == 1


@pytest.mark.parametrize("risk", RiskLevel)
def test_what_an_answer_needs_is_what_the_store_asks_for(risk: RiskLevel) -> None:
    """The announced requirements of a vote equal those that the store checks, for every risk."""
    approval = sample.approval(risk=risk)
    rights = rights_on_approval(APPROVER, approval, NOW)
    bare = what_is_missing(approval, VoteChoice.APPROVED, "", None)
    explained = what_is_missing(approval, VoteChoice.APPROVED, "I looked.", None)
    assert rights.needs_notes == (bare is not None and bare.startswith("notes"))
    assert rights.needs_target == (explained is not None and explained.startswith("typedTarget"))


def test_agreeing_to_a_high_risk_needs_a_fresh_login() -> None:
    """Approving a HIGH risk needs a login that is at most five minutes old."""
    approval: Approval = sample.approval(risk=RiskLevel.HIGH)
    fresh = APPROVER.model_copy(update={"authenticated_at": NOW - timedelta(minutes=5)})
    assert not rights_on_approval(fresh, approval, NOW).needs_fresh_login
    assert rights_on_approval(fresh, approval, NOW + timedelta(seconds=1)).needs_fresh_login
    assert rights_on_approval(APPROVER, approval, NOW).needs_fresh_login


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"status": ApprovalStatus.APPROVED}, True),
        ({"status": ApprovalStatus.APPROVED, "consumed_at": NOW}, False),
        ({"status": ApprovalStatus.DENIED}, False),
        ({"votes": ()}, False),
    ],
)
def test_an_own_answer_is_taken_back_until_it_is_acted_on(changes: dict[str, Any], may: bool) -> None:  # noqa: FBT001  parametrized
    """A person may withdraw only an own vote, and only before the approval is used or closed."""
    approval = sample.approval(**({"votes": (voted(APPROVER),)} | changes))
    assert rights_on_approval(APPROVER, approval, NOW).may_withdraw == may


OPERATOR = sample.person(Role.OPERATOR)
VIEWER = sample.person(Role.VIEWER)


@pytest.mark.parametrize(
    ("person", "owns", "status", "may"),
    [
        (OPERATOR, True, Status.RUNNING, {"cancel", "give_feedback", "control_browser"}),
        (OPERATOR, False, Status.RUNNING, {"give_feedback", "control_browser"}),
        (VIEWER, True, Status.RUNNING, {"cancel"}),
        (VIEWER, False, Status.RUNNING, set()),
        (sample.person(Role.ADMIN), False, Status.PENDING, {"cancel", "give_feedback", "control_browser"}),
        (sample.person(Role.ADMIN), False, Status.FAILED, {"delete"}),
        (OPERATOR, True, Status.COMPLETED, {"delete"}),
        (sample.person(Role.AUDITOR), False, Status.COMPLETED, set()),
    ],
)
def test_what_a_person_may_do_with_a_mission(
    person: Person,
    owns: bool,  # noqa: FBT001  parametrized
    status: Status,
    may: set[str],
) -> None:
    """Owners and administrators may cancel and delete a mission; operators may take part while it runs."""
    mission = Mission(
        id=uuid4(),
        title="",
        prompt="",
        status=status,
        priority=Priority.NORMAL,
        requester=person.id if owns else uuid4(),
        requester_name="",
        created_at=NOW,
        updated_at=NOW,
    )
    rights = rights_on_mission(person, mission).model_dump()
    assert {name.removeprefix("may_") for name, granted in rights.items() if granted} == may
