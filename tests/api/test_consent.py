"""`/api/approvals`: typed targets, fresh logins, withdrawn votes, and `then` after a denial."""

from datetime import timedelta
from typing import Any

import pytest
from served_api import ORG, Member, World

from missions.approval import AfterDenial, Approval, ApprovalStatus, VoteChoice
from missions.errors import RefusedError, StepUpError
from missions.permissions import Role
from missions.proposal import Effect, RiskLevel
from stores.postgres.approvals.approvals import database_time
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.database import Database


async def pending_approval(api: World, risk: RiskLevel = RiskLevel.MEDIUM, **options: Any) -> Approval:
    owner = await api.member(Role.OPERATOR)
    return await api.approval(await api.mission(owner), risk, **options)


async def respond(member: Member, approval: Approval, status: str = "APPROVED", **changes: Any) -> Any:
    body = {"status": status, "notes": "I looked.", "actionHash": approval.action_hash}
    return await member.http.patch(f"/api/approvals/{approval.id}/respond", json=body | changes)


async def withdraw(member: Member, approval: Approval, reason: str = "not so sure") -> Any:
    return await member.http.post(f"/api/approvals/{approval.id}/withdraw", json={"reason": reason})


@pytest.mark.parametrize("risk", [RiskLevel.HIGH, RiskLevel.CRITICAL])
async def test_from_high_on_a_yes_types_its_target(api: World, risk: RiskLevel) -> None:
    """From HIGH, an approval without the right typedTarget is 422; a denial needs none."""
    approval = await pending_approval(api, risk)
    approver = await api.member(Role.APPROVER)
    for typed in ({}, {"typedTarget": ""}, {"typedTarget": "checkout"}, {"typedTarget": None}):
        answer = await respond(approver, approval, **typed)
        assert answer.status_code == 422
        assert "typedTarget" in answer.json()["detail"]
    assert (await respond(approver, approval, typedTarget=" payments ")).status_code == 200
    other = await api.member(Role.APPROVER)
    assert (await respond(other, approval, "DENIED")).json()["status"] == "DENIED"


async def test_below_high_nothing_is_typed(api: World) -> None:
    """Below HIGH, typedTarget is optional and ignored."""
    approver = await api.member(Role.APPROVER)
    for typed in ({}, {"typedTarget": "whatever"}):
        assert (await respond(approver, await pending_approval(api), **typed)).status_code == 200


async def test_from_high_on_a_yes_needs_a_fresh_login(api: World) -> None:
    """From HIGH, an approval needs a login of the last five minutes; a denial and lower risks do not."""
    async with api.owner.transaction() as session:
        now = await database_time(session)
    old, fresh = [
        (await api.member(Role.APPROVER)).person.model_copy(update={"authenticated_at": now - ago})
        for ago in (timedelta(minutes=6), timedelta(minutes=4))
    ]
    without_time = old.model_copy(update={"authenticated_at": None})
    answer_fields: dict[str, Any] = {"notes": "I looked.", "typed_target": "payments"}
    votes = api.dependencies.votes
    high, medium = await pending_approval(api, RiskLevel.HIGH), await pending_approval(api)
    for person in (old, without_time):
        with pytest.raises(StepUpError):
            await votes.respond(
                person, high.id, answer=VoteChoice.APPROVED, shown_hash=high.action_hash, **answer_fields
            )
    assert await api.votes(high.id) == 0
    await votes.respond(
        fresh, high.id, answer=VoteChoice.APPROVED, shown_hash=high.action_hash, **answer_fields
    )
    await votes.respond(
        old, medium.id, answer=VoteChoice.APPROVED, shown_hash=medium.action_hash, **answer_fields
    )
    denied = await votes.respond(
        old, high.id, answer=VoteChoice.DENIED, shown_hash=high.action_hash, **answer_fields
    )
    assert denied.approval.status is ApprovalStatus.DENIED


async def test_who_denies_says_what_comes_then(api: World) -> None:
    """A denial has `then`: `next` or `end` (the default); the workflow's desk reads it with the reason."""
    approver = await api.member(Role.APPROVER, name="Ada")
    following, ending = await pending_approval(api), await pending_approval(api)
    assert (await respond(approver, following, "DENIED", then="next")).json()["votes"][0]["then"] == "next"
    assert (await respond(approver, ending, "DENIED")).json()["votes"][0]["then"] == "end"
    state = await api.desk.resolve(ORG, following.id)
    assert (state.then, state.said) == (AfterDenial.NEXT, "Ada: I looked.")
    assert (await api.desk.resolve(ORG, ending.id)).then is AfterDenial.END
    assert (await respond(approver, await pending_approval(api), "DENIED", then="later")).status_code == 422


async def test_a_first_yes_can_be_taken_back_and_given_again(api: World) -> None:
    """A pending vote can be withdrawn and given again; each step has an event and an audit entry."""
    approval = await pending_approval(api, RiskLevel.HIGH)
    first, second = await api.member(Role.APPROVER), await api.member(Role.APPROVER)
    typed = {"typedTarget": "payments"}
    await respond(first, approval, **typed)
    answer = await withdraw(first, approval)
    assert (answer.status_code, answer.json()["votes"], answer.json()["status"]) == (200, [], "PENDING")
    assert (await respond(second, approval, **typed)).json()["status"] == "PENDING"
    assert (await respond(first, approval, **typed)).json()["status"] == "APPROVED"
    deeds = await api.audited(f"approval/{approval.id}")
    assert deeds == [
        "approval.opened",
        "approval.answered",
        "approval.answer_withdrawn",
        "approval.answered",
        "approval.answered",
    ]
    events = await api.journal.read(ORG, approval.mission_id)
    mine = [event.key for event in events if str(first.person.id) in event.key]
    decision, taken = (
        f"decision/{approval.id}/{first.person.id}",
        f"withdrawn/{approval.id}/{first.person.id}",
    )
    assert mine == [decision, taken, f"{decision}/1"]
    assert await api.votes(approval.id) == 3


async def test_a_yes_that_decided_becomes_a_no(api: World) -> None:
    """Withdrawing a deciding vote before execution denies the approval, so nothing can execute under it."""
    approval = await pending_approval(api)
    approver = await api.member(Role.APPROVER)
    assert (await respond(approver, approval)).json()["status"] == "APPROVED"
    assert (await withdraw(approver, approval)).json()["status"] == "DENIED"
    database = Database(api.urls.actions, pool_size=1)
    with pytest.raises(RefusedError, match="DENIED"):
        await PostgresLedger(database).begin(ORG, approval.id, "a")
    await database.close()
    assert await api.outbox(approval.mission_id) == []
    for status in ("APPROVED", "DENIED"):
        assert (await respond(await api.member(Role.APPROVER), approval, status)).status_code == 409


async def test_what_cannot_be_taken_back(api: World) -> None:
    """A foreign vote, a denial, no vote and an executed approval are 409; without permission it is 403."""
    approval = await pending_approval(api)
    approver, other = await api.member(Role.APPROVER), await api.member(Role.APPROVER)
    assert (await withdraw(approver, approval)).status_code == 409
    await respond(approver, approval)
    assert (await withdraw(other, approval)).status_code == 409
    database = Database(api.urls.actions, pool_size=1)
    await PostgresLedger(database).begin(ORG, approval.id, "a")
    await database.close()
    assert (await withdraw(approver, approval)).status_code == 409
    denied = await pending_approval(api)
    await respond(approver, denied, "DENIED")
    assert (await withdraw(approver, denied)).status_code == 409
    assert (await withdraw(await api.member(Role.OPERATOR), denied)).status_code == 403


async def test_a_rule_alone_allows_only_what_is_low(api: World) -> None:
    """A policy effect of `allow` approves LOW risk only; higher risks stay pending."""
    assert (await pending_approval(api, RiskLevel.LOW, effect=Effect.ALLOW)).status is ApprovalStatus.APPROVED
    assert (
        await pending_approval(api, RiskLevel.MEDIUM, effect=Effect.ALLOW)
    ).status is ApprovalStatus.PENDING
