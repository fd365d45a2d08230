"""`/api/approvals` beyond a plain yes or no: typed targets, fresh logins, second thoughts, what is next."""

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


async def asked(api: World, risk: RiskLevel = RiskLevel.MEDIUM, **how: Any) -> Approval:
    owner = await api.member(Role.OPERATOR)
    return await api.approval(await api.mission(owner), risk, **how)


async def said(member: Member, approval: Approval, status: str = "APPROVED", **changes: Any) -> Any:
    body = {"status": status, "notes": "I looked.", "actionHash": approval.action_hash}
    return await member.http.patch(f"/api/approvals/{approval.id}/respond", json=body | changes)


async def withdrawn(member: Member, approval: Approval, reason: str = "not so sure") -> Any:
    return await member.http.post(f"/api/approvals/{approval.id}/withdraw", json={"reason": reason})


@pytest.mark.parametrize("risk", [RiskLevel.HIGH, RiskLevel.CRITICAL])
async def test_from_high_on_a_yes_types_its_target(api: World, risk: RiskLevel) -> None:
    """422 without it or with another; a no needs none."""
    approval = await asked(api, risk)
    approver = await api.member(Role.APPROVER)
    for typed in ({}, {"typedTarget": ""}, {"typedTarget": "checkout"}, {"typedTarget": None}):
        answer = await said(approver, approval, **typed)
        assert answer.status_code == 422
        assert "typedTarget" in answer.json()["detail"]
    assert (await said(approver, approval, typedTarget=" payments ")).status_code == 200
    other = await api.member(Role.APPROVER)
    assert (await said(other, approval, "DENIED")).json()["status"] == "DENIED"


async def test_below_high_nothing_is_typed(api: World) -> None:
    """What is typed anyway is no mistake."""
    approver = await api.member(Role.APPROVER)
    for typed in ({}, {"typedTarget": "whatever"}):
        assert (await said(approver, await asked(api), **typed)).status_code == 200


async def test_from_high_on_a_yes_needs_a_fresh_login(api: World) -> None:
    """Older than five minutes by the database's clock: step up, nothing counts; a no is not held up."""
    async with api.owner.transaction() as session:
        now = await database_time(session)
    old, fresh = [
        (await api.member(Role.APPROVER)).person.model_copy(update={"authenticated_at": now - ago})
        for ago in (timedelta(minutes=6), timedelta(minutes=4))
    ]
    nobody_knows_when = old.model_copy(update={"authenticated_at": None})
    how: dict[str, Any] = {"notes": "I looked.", "typed_target": "payments"}
    votes = api.dependencies.votes
    high, medium = await asked(api, RiskLevel.HIGH), await asked(api)
    for person in (old, nobody_knows_when):
        with pytest.raises(StepUpError):
            await votes.respond(
                person, high.id, answer=VoteChoice.APPROVED, shown_hash=high.action_hash, **how
            )
    assert await api.votes(high.id) == 0
    await votes.respond(fresh, high.id, answer=VoteChoice.APPROVED, shown_hash=high.action_hash, **how)
    await votes.respond(old, medium.id, answer=VoteChoice.APPROVED, shown_hash=medium.action_hash, **how)
    denied = await votes.respond(old, high.id, answer=VoteChoice.DENIED, shown_hash=high.action_hash, **how)
    assert denied.approval.status is ApprovalStatus.DENIED


async def test_who_denies_says_what_comes_then(api: World) -> None:
    """`next` or `end`, which is the default; the workflow's side reads it with the reason."""
    approver = await api.member(Role.APPROVER, name="Ada")
    following, ending = await asked(api), await asked(api)
    assert (await said(approver, following, "DENIED", then="next")).json()["votes"][0]["then"] == "next"
    assert (await said(approver, ending, "DENIED")).json()["votes"][0]["then"] == "end"
    standing = await api.desk.resolve(ORG, following.id)
    assert (standing.then, standing.said) == (AfterDenial.NEXT, "Ada: I looked.")
    assert (await api.desk.resolve(ORG, ending.id)).then is AfterDenial.END
    assert (await said(approver, await asked(api), "DENIED", then="later")).status_code == 422


async def test_a_first_yes_can_be_taken_back_and_given_again(api: World) -> None:
    """While others still decide it is as if it had never been; each round is an event and an audit entry."""
    approval = await asked(api, RiskLevel.HIGH)
    first, second = await api.member(Role.APPROVER), await api.member(Role.APPROVER)
    typed = {"typedTarget": "payments"}
    await said(first, approval, **typed)
    answer = await withdrawn(first, approval)
    assert (answer.status_code, answer.json()["votes"], answer.json()["status"]) == (200, [], "PENDING")
    assert (await said(second, approval, **typed)).json()["status"] == "PENDING"
    assert (await said(first, approval, **typed)).json()["status"] == "APPROVED"
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
    """Until it is consumed: nothing can be executed under it any more, and the workflow hears of it."""
    approval = await asked(api)
    approver = await api.member(Role.APPROVER)
    assert (await said(approver, approval)).json()["status"] == "APPROVED"
    assert (await withdrawn(approver, approval)).json()["status"] == "DENIED"
    database = Database(api.urls.actions, pool_size=1)
    with pytest.raises(RefusedError, match="DENIED"):
        await PostgresLedger(database).begin(ORG, approval.id, "a")
    await database.close()
    assert await api.outbox(approval.mission_id) == []
    for status in ("APPROVED", "DENIED"):
        assert (await said(await api.member(Role.APPROVER), approval, status)).status_code == 409


async def test_what_cannot_be_taken_back(api: World) -> None:
    """409: another's answer, a no, none at all, and what was acted on. 404 for who may not read it."""
    approval = await asked(api)
    approver, other = await api.member(Role.APPROVER), await api.member(Role.APPROVER)
    assert (await withdrawn(approver, approval)).status_code == 409
    await said(approver, approval)
    assert (await withdrawn(other, approval)).status_code == 409
    database = Database(api.urls.actions, pool_size=1)
    await PostgresLedger(database).begin(ORG, approval.id, "a")
    await database.close()
    assert (await withdrawn(approver, approval)).status_code == 409
    denied = await asked(api)
    await said(approver, denied, "DENIED")
    assert (await withdrawn(approver, denied)).status_code == 409
    assert (await withdrawn(await api.member(Role.OPERATOR), denied)).status_code == 403


async def test_a_rule_alone_allows_only_what_is_low(api: World) -> None:
    """An `allow` above LOW is asked about, whatever the policy's row says."""
    assert (await asked(api, RiskLevel.LOW, effect=Effect.ALLOW)).status is ApprovalStatus.APPROVED
    assert (await asked(api, RiskLevel.MEDIUM, effect=Effect.ALLOW)).status is ApprovalStatus.PENDING
