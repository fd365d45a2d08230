"""A mission's status is derived from its events and from nothing else."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import uuid4

import pytest
import samples as sample

from missions.approval import ApprovalStatus, VoteChoice
from missions.errors import StatusError
from missions.event import (
    Acted,
    ApprovalClosed,
    ApprovalOpened,
    CancelRequested,
    Closed,
    Created,
    Decided,
    Diagnosed,
    Event,
    Observed,
    Payload,
    Planned,
    Proposed,
    Reported,
    Started,
    Verified,
)
from missions.event_text import EventTitle
from missions.folding import fold
from missions.mission import Mission, Outcome, Status
from missions.proposal import RiskLevel
from missions.verification import Recovery

BRIEF = sample.brief()
APPROVAL = uuid4()
CREATED = Created(brief=BRIEF)


def opened(status: ApprovalStatus = ApprovalStatus.PENDING) -> ApprovalOpened:
    return ApprovalOpened(
        approval_id=APPROVAL,
        status=status,
        action="restart payments",
        action_hash="0" * 64,
        risk=RiskLevel.MEDIUM,
        quorum=1,
        decide_by=sample.NOON,
        rule="a-rule",
    )


def decided(status: ApprovalStatus = ApprovalStatus.APPROVED) -> Decided:
    return Decided(
        approval_id=APPROVAL,
        person=uuid4(),
        name="Anna",
        answer=VoteChoice.APPROVED,
        notes="",
        status=status,
    )


def closed(status: Status = Status.COMPLETED) -> Closed:
    return Closed(status=status, outcome=Outcome.RECOVERED, reason="it is well again")


def folded(*payloads: Payload) -> Mission:
    mission: Mission | None = None
    for event in events(payloads):
        mission = fold(mission, event)
    assert mission is not None
    return mission


def events(payloads: Iterable[Payload]) -> Iterable[Event]:
    for seq, payload in enumerate(payloads, start=1):
        yield Event(
            mission_id=BRIEF.mission_id,
            seq=seq,
            key=payload.key,
            actor="agent",
            at=sample.NOON + timedelta(seconds=seq),
            payload=payload,
        )


def test_a_whole_story() -> None:
    """Every field of a completed mission's projection comes from an event."""
    history: tuple[Payload, ...] = (
        CREATED,
        Started(),
        Planned(plan=sample.plan()),
        Observed(sighting=sample.sighting()),
        Diagnosed(diagnosis=sample.diagnosis()),
        Proposed(proposal=sample.proposal(), verdict=sample.verdict()),
        opened(),
        decided(),
        Acted(approval_id=APPROVAL, receipt=sample.receipt()),
        Verified(approval_id=APPROVAL, verification=sample.verification()),
        Reported(html=sample.ref("report"), markdown=sample.ref("report-markdown")),
        closed(),
    )
    assert folded(*history) == Mission(
        id=BRIEF.mission_id,
        title="Payments is slow",
        prompt=BRIEF.prompt,
        status=Status.COMPLETED,
        priority=BRIEF.priority,
        requester=BRIEF.requester,
        requester_name=BRIEF.requester_name,
        outcome=Outcome.RECOVERED,
        summary="it is well again",
        verdict="found",
        service=sample.SERVICE,
        risk="MEDIUM",
        approval_id=APPROVAL,
        last_event=EventTitle(kind="closed", values={"outcome": "recovered"}),
        last_seq=12,
        created_at=sample.NOON + timedelta(seconds=1),
        updated_at=sample.NOON + timedelta(seconds=12),
        finished_at=sample.NOON + timedelta(seconds=12),
    )
    statuses = [folded(*history[: length + 1]).status for length in range(len(history))]
    assert statuses == [
        Status.PENDING,
        *[Status.RUNNING] * 5,
        Status.AWAITING_APPROVAL,
        *[Status.RUNNING] * 4,
        Status.COMPLETED,
    ]


def test_nothing_comes_before_the_beginning() -> None:
    """An event before Created is refused."""
    (event,) = events([Started()])
    with pytest.raises(StatusError, match="before the mission was created"):
        fold(None, event)


@pytest.mark.parametrize("end", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
@pytest.mark.parametrize("other", [Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.RUNNING])
def test_an_end_is_the_end(end: Status, other: Status) -> None:
    """A final status cannot become another one; the same final status again is accepted."""
    if other is end:
        assert folded(CREATED, Started(), closed(end), closed(other)).status is end
        return
    with pytest.raises(StatusError, match=f"{end} cannot become {other}"):
        folded(CREATED, Started(), closed(end), closed(other))


@pytest.mark.parametrize(
    "refused",
    [(CREATED, opened()), (CREATED, Started(), closed(), opened())],
    ids=["before it runs", "after its end"],
)
def test_only_a_running_mission_asks(refused: tuple[Payload, ...]) -> None:
    """Only a running mission can become AWAITING_APPROVAL."""
    with pytest.raises(StatusError):
        folded(*refused)


@pytest.mark.parametrize(
    "late",
    [
        decided(),
        decided(ApprovalStatus.DENIED),
        ApprovalClosed(approval_id=APPROVAL, status=ApprovalStatus.CANCELLED),
        Started(),
        Observed(sighting=sample.sighting()),
        CancelRequested(person=sample.REQUESTER, name="Olga"),
    ],
    ids=lambda payload: payload.kind,
)
def test_what_comes_after_the_end_changes_no_status(late: Payload) -> None:
    """An event after the end is recorded, and changes neither the status nor the time of the end."""
    before = folded(CREATED, Started(), opened(), closed(Status.CANCELLED))
    after = folded(CREATED, Started(), opened(), closed(Status.CANCELLED), late)
    assert (after.status, after.finished_at) == (Status.CANCELLED, before.finished_at)
    assert after.last_seq == before.last_seq + 1


def test_a_first_of_two_answers_leaves_it_waiting() -> None:
    """The first of two required votes leaves the mission waiting."""
    assert folded(CREATED, Started(), opened(), decided(ApprovalStatus.PENDING)).status is (
        Status.AWAITING_APPROVAL
    )


def test_an_answer_may_overtake_its_question() -> None:
    """If the decision comes before the event that opens the approval, the mission keeps running."""
    mission = folded(CREATED, Started(), decided(), opened())
    assert (mission.status, mission.approval_id) == (Status.RUNNING, APPROVAL)


def test_what_a_rule_allows_does_not_wait() -> None:
    """An approval that is approved from the start leaves the mission running."""
    mission = folded(CREATED, Started(), opened(ApprovalStatus.APPROVED))
    assert (mission.status, mission.approval_id) == (Status.RUNNING, APPROVAL)


def test_folding_again_changes_nothing() -> None:
    """Folding the last event a second time gives the same mission, so a projection can be rebuilt."""
    history = list(events([CREATED, Started(), opened(), decided(), closed()]))
    mission: Mission | None = None
    for event in history:
        mission = fold(mission, event)
    assert fold(mission, history[-1]) == mission


@pytest.mark.parametrize("status", list(Status))
def test_the_table_of_statuses(status: Status) -> None:
    """Each status may stay the same; no status follows a final one, and none goes back to PENDING."""
    assert status.may_become(status)
    followers = {other for other in Status if other is not status and status.may_become(other)}
    ends = {Status.COMPLETED, Status.FAILED, Status.CANCELLED}
    assert followers == {
        Status.PENDING: {Status.RUNNING, *ends},
        Status.RUNNING: {Status.AWAITING_APPROVAL, *ends},
        Status.AWAITING_APPROVAL: {Status.RUNNING, *ends},
    }.get(status, set())
    assert status.is_terminal == (status in ends)


@pytest.mark.parametrize(
    ("recovery", "outcome"),
    [
        (Recovery.RECOVERED, Outcome.RECOVERED),
        (Recovery.UNKNOWN, Outcome.RECOVERED),
        (Recovery.NOT_RECOVERED, Outcome.RELAPSED),
        (Recovery.STILL_BAD_ELSEWHERE, Outcome.RELAPSED),
    ],
)
def test_a_later_look_confirms_or_reopens_a_recovery(recovery: Recovery, outcome: Outcome) -> None:
    """Until the later look the outcome is the one so far; afterwards it stands, or is a relapse."""
    ended = Closed(
        status=Status.COMPLETED, outcome=Outcome.RECOVERED, reason="well again", looks_again_at=sample.NOON
    )
    later = Verified(approval_id=APPROVAL, verification=sample.verification(recovery), final=True)
    assert folded(CREATED, Started(), ended).looks_again_at == sample.NOON
    mission = folded(CREATED, Started(), ended, later)
    assert (mission.status, mission.outcome) == (Status.COMPLETED, outcome)
    assert mission.looks_again_at is None
    assert (mission.summary == "well again") is (outcome is Outcome.RECOVERED)


def test_a_later_look_changes_no_other_outcome() -> None:
    """A mission that was cancelled after its action does not become a relapse."""
    later = Verified(
        approval_id=APPROVAL, verification=sample.verification(Recovery.NOT_RECOVERED), final=True
    )
    ended = Closed(status=Status.CANCELLED, outcome=Outcome.CANCELLED, reason="stopped")
    assert folded(CREATED, Started(), ended, later).outcome is Outcome.CANCELLED
