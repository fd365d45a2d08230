"""An event's key identifies the event: a retry has the same key, a different event has another."""

from uuid import UUID, uuid4

import samples as sample

from missions.approval import ApprovalStatus, VoteChoice
from missions.event import (
    Acted,
    ApprovalClosed,
    Created,
    Decided,
    Diagnosed,
    Observed,
    Proposed,
    Verified,
)
from missions.plan import ActionKind, Phase
from missions.verification import Recovery


def verified(recovery: Recovery = Recovery.RECOVERED, approval: UUID = UUID(int=5)) -> Verified:  # noqa: B008  a constant
    return Verified(approval_id=approval, verification=sample.verification(recovery))


def test_a_retry_has_the_same_key() -> None:
    """Events with the same content have the same key."""
    for first, again in (
        (Observed(sighting=sample.sighting()), Observed(sighting=sample.sighting())),
        (Diagnosed(diagnosis=sample.diagnosis()), Diagnosed(diagnosis=sample.diagnosis())),
        (verified(), verified()),
    ):
        assert first is not again
        assert first.key == again.key


def test_a_second_look_has_another_key() -> None:
    """The keys of a repeatable event differ if its results differ."""
    first = sample.sighting()
    keys = {
        Observed(sighting=sighting).key
        for sighting in (
            first,
            first.model_copy(update={"duration_ms": 901}),
            first.model_copy(update={"phase": Phase.AFTER}),
            sample.sighting("payments"),
        )
    }
    assert len(keys) == 4
    results = {verified(recovery).key for recovery in Recovery} | {verified(approval=UUID(int=6)).key}
    assert len(results) == len(Recovery) + 1


def test_a_mission_begins_once_whatever_was_asked() -> None:
    """Created has the same key for every brief, so another brief is a conflict and no second start."""
    assert Created(brief=sample.brief()).key == Created(brief=sample.brief(prompt="Else?")).key


def test_one_answer_per_person_and_approval() -> None:
    """A person's votes on an approval share one key, so a second, different vote is refused."""
    approval, anna, ben = uuid4(), uuid4(), uuid4()

    def key(person: object, approval: object, answer: VoteChoice) -> str:
        words = {"name": "x", "notes": "", "status": ApprovalStatus.PENDING}
        return Decided.model_validate(
            {"approval_id": approval, "person": person, "answer": answer} | words
        ).key

    assert key(anna, approval, VoteChoice.APPROVED) == key(anna, approval, VoteChoice.DENIED)
    assert key(anna, approval, VoteChoice.APPROVED) != key(ben, approval, VoteChoice.APPROVED)
    assert key(anna, approval, VoteChoice.APPROVED) != key(anna, uuid4(), VoteChoice.APPROVED)


def test_one_action_per_approval() -> None:
    """The receipts of an approval share one key, so a second receipt is a conflict."""
    approval = uuid4()
    done = Acted(approval_id=approval, receipt=sample.receipt())
    undone = Acted(approval_id=approval, receipt=sample.receipt(applied=False))
    assert done.key == undone.key
    assert done.key != Acted(approval_id=uuid4(), receipt=sample.receipt()).key
    assert done.key != ApprovalClosed(approval_id=approval, status=ApprovalStatus.CANCELLED).key


def test_another_action_is_another_proposal() -> None:
    """A proposal's key depends on the kind and the content of its action."""
    first = sample.proposal()
    other = first.model_copy(update={"action": first.action.model_copy(update={"kind": ActionKind.SCALE})})
    keys = {Proposed(proposal=proposal, verdict=sample.verdict()).key for proposal in (first, other)}
    assert {key.rpartition("/")[0] for key in keys} == {"proposed/rollback", "proposed/scale"}
    assert Proposed(proposal=first, verdict=sample.verdict()).key in keys
