"""`/api/approvals` on the real servers: the permission to answer, and the single decision."""

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from chains import first_bad_entry
from served_api import ORG, Member, World
from sqlalchemy import event, text

from missions.approval import Approval, ApprovalStatus
from missions.permissions import Role
from missions.proposal import RiskLevel
from missions.workflow_ids import mission_workflow_id


def answer_to(approval: Approval, status: str = "APPROVED", **changes: Any) -> dict[str, Any]:
    vote = {"status": status, "notes": "I looked.", "actionHash": approval.action_hash}
    return vote | {"typedTarget": approval.target} | changes


def respond_path(approval: Approval) -> str:
    return f"/api/approvals/{approval.id}/respond"


async def pending_approval(
    api: World, risk: RiskLevel = RiskLevel.MEDIUM, **how: Any
) -> tuple[Member, Approval]:
    """The owner of a mission, and an approval of it that is pending."""
    owner = await api.member(Role.OPERATOR)
    return owner, await api.approval(await api.mission(owner), risk, **how)


async def test_an_approval_shows_what_an_approver_must_know(api: World) -> None:
    """The card has action, diff, risk, evidence, expiry, quorum and hash, and the inbox lists it."""
    owner, approval = await pending_approval(api)
    approver = await api.member(Role.APPROVER)
    card = (await approver.http.get(f"/api/approvals/{approval.id}")).json()
    assert card["actionHash"] == approval.action_hash
    assert (card["risk"], card["quorum"], card["status"]) == ("MEDIUM", 1, "PENDING")
    assert (card["requester"], card["votes"]) == (str(owner.person.id), [])
    assert card["proposal"]["action"]["params"] == {"revision": 7}
    assert card["proposal"]["diff"] == [{"field": "revision", "now": 8, "proposed": 7}]
    inbox = (await approver.http.get("/api/approvals", params={"status": "PENDING"})).json()["approvals"]
    assert card in inbox
    assert (card["you"]["mayApprove"], card["you"]["whyNot"], card["you"]["needsNotes"]) == (True, None, True)
    own = (await owner.http.get(f"/api/approvals/{approval.id}")).json()["you"]
    assert (own["mayApprove"], own["whyNot"]["code"]) == (False, "role")
    denied = (await approver.http.get("/api/approvals", params={"status": "DENIED"})).json()["approvals"]
    assert str(approval.id) not in [card["id"] for card in denied]


async def test_approvals_are_read_by_owners_deciders_and_auditors(api: World) -> None:
    """All other people get the 404 of a missing approval, and an empty inbox."""
    owner, approval = await pending_approval(api)
    for member in (owner, await api.member(Role.AUDITOR), await api.member(Role.ADMIN)):
        assert (await member.http.get(f"/api/approvals/{approval.id}")).status_code == 200
        inbox = (await member.http.get("/api/approvals")).json()["approvals"]
        assert str(approval.id) in [card["id"] for card in inbox]
    foreign = await api.member(Role.OPERATOR, Role.VIEWER)
    assert (await foreign.http.get("/api/approvals")).json()["approvals"] == []
    answers = [
        await foreign.http.get(f"/api/approvals/{approval_id}") for approval_id in (approval.id, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({answer.json()["detail"] for answer in answers}) == 1


_OF_CARDS = re.compile(r"\b(approvals|votes|participants)\b")


async def test_the_inbox_asks_for_all_votes_at_once(api: World) -> None:
    """Each card has its own votes, and three cards take as many SQL statements as one."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER)
    statement_counts: list[int] = []
    engine = api.dependencies.operations.database._engine.sync_engine
    for _ in range(2):
        for _ in range(2 if statement_counts else 1):
            opened = await api.approval(await api.mission(owner), RiskLevel.HIGH)
            answer = await approver.http.patch(respond_path(opened), json=answer_to(opened))
            assert answer.is_success, answer.text
        statements: list[str] = []

        def record(_1: Any, _2: Any, statement: str, *_: Any, recorded: list[str] = statements) -> None:
            if _OF_CARDS.search(statement):  # others check the session, or run in the background
                recorded.append(statement)

        event.listen(engine, "before_cursor_execute", record)
        cards = (await owner.http.get("/api/approvals")).json()["approvals"]
        event.remove(engine, "before_cursor_execute", record)
        assert [[vote["person"] for vote in card["votes"]] for card in cards] == [
            [str(approver.person.id)]
        ] * len(cards)
        statement_counts.append(len(statements))
    assert len(cards) == 3
    assert statement_counts[0] == statement_counts[1] > 1


async def test_an_answer_decides_and_is_recorded(api: World) -> None:
    """An answer gives 200, an event, an audit entry and a signal, and the outbox is empty again."""
    owner, approval = await pending_approval(api)
    approver = await api.member(Role.APPROVER, name="Ada")
    answer = await approver.http.patch(respond_path(approval), json=answer_to(approval))
    assert answer.status_code == 200
    assert answer.json()["status"] == "APPROVED"
    assert [(vote["name"], vote["answer"], vote["notes"]) for vote in answer.json()["votes"]] == [
        ("Ada", "APPROVED", "I looked.")
    ]
    path = f"/api/missions/{approval.mission_id}"
    assert (await owner.http.get(path)).json()["mission"]["status"] == "RUNNING"
    last = (await owner.http.get(path + "/events")).json()["events"][-1]
    assert (last["key"], last["actor"]) == (
        f"decision/{approval.id}/{approver.person.id}",
        approver.person.email,
    )
    assert await api.audited(f"approval/{approval.id}") == ["approval.opened", "approval.answered"]
    assert await api.outbox(approval.mission_id) == []
    assert await signals(api, approval.mission_id) == 1


async def signals(api: World, mission_id: UUID) -> int:
    handle = api.temporal.get_workflow_handle(mission_workflow_id(ORG, mission_id))
    events = (await handle.fetch_history()).events
    return sum(event.HasField("workflow_execution_signaled_event_attributes") for event in events)


@pytest.mark.parametrize("roles", [(Role.APPROVER,), (Role.ADMIN,), (Role.OPERATOR, Role.APPROVER)])
async def test_ap1_the_requester_never_decides(api: World, roles: tuple[Role, ...]) -> None:
    """The requester gets 403 with any roles; administrators are not exempt."""
    owner, approval = await pending_approval(api)
    await api.set_roles(owner, *roles)
    answer = await owner.http.patch(respond_path(approval), json=answer_to(approval))
    assert answer.status_code == 403
    assert await api.votes(approval.id) == 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.AUDITOR])
async def test_ap1_deciding_needs_the_role(api: World, role: Role) -> None:
    """A role without the permission to decide gets 403."""
    _, approval = await pending_approval(api)
    member = await api.member(role)
    answer = await member.http.patch(respond_path(approval), json=answer_to(approval))
    assert answer.status_code == 403
    assert await api.votes(approval.id) == 0


async def test_ap1_a_service_account_never_decides(api: World) -> None:
    """A service account gets 403, even as administrator."""
    _, approval = await pending_approval(api)
    robot = await api.member(Role.ADMIN)
    async with api.owner.transaction() as session:
        change = text("UPDATE shared.people SET is_service = true WHERE id = :id")
        await session.execute(change, {"id": robot.person.id})
    answer = await robot.http.patch(respond_path(approval), json=answer_to(approval))
    assert answer.status_code == 403
    assert await api.votes(approval.id) == 0


async def test_ap2_an_answer_carries_the_hash_that_was_shown(api: World) -> None:
    """Another hash is 409 `changed_since_viewed`; a missing or malformed one is 422; no vote is stored."""
    _, approval = await pending_approval(api)
    approver = await api.member(Role.APPROVER)
    path = respond_path(approval)
    answer = await approver.http.patch(path, json=answer_to(approval, actionHash="0" * 64))
    assert (answer.status_code, answer.json()["type"]) == (409, "changed_since_viewed")
    body = answer_to(approval)
    del body["actionHash"]
    wrong = [body, answer_to(approval, actionHash="short"), answer_to(approval, actionHash=None)]
    wrong += [answer_to(approval, status="MAYBE"), answer_to(approval, approvedBy=str(uuid4()))]
    wrong += [answer_to(approval, notes="x" * 2001), answer_to(approval, notes="\0")]
    for refused in wrong:
        assert (await approver.http.patch(path, json=refused)).status_code == 422, refused
    assert await api.votes(approval.id) == 0


async def test_from_medium_a_reason_is_required(api: World) -> None:
    """MEDIUM risk answers 422 to absent or blank notes; LOW risk needs none."""
    approver = await api.member(Role.APPROVER)
    _, medium = await pending_approval(api)
    for notes in ("", "  \n"):
        answer = await approver.http.patch(respond_path(medium), json=answer_to(medium, notes=notes))
        assert answer.status_code == 422
    _, low = await pending_approval(api, RiskLevel.LOW)
    answer = await approver.http.patch(respond_path(low), json=answer_to(low, notes=""))
    assert answer.json()["status"] == "APPROVED"


async def test_the_same_answer_again_changes_nothing(api: World) -> None:
    """A repeated answer is 200 with the same card; a different answer of the same person is 409."""
    _, approval = await pending_approval(api)
    approver = await api.member(Role.APPROVER)
    path = respond_path(approval)
    first = await approver.http.patch(path, json=answer_to(approval))
    again = await approver.http.patch(path, json=answer_to(approval))
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await approver.http.patch(path, json=answer_to(approval, "DENIED"))).status_code == 409
    assert await api.votes(approval.id) == 1
    assert await api.audited(f"approval/{approval.id}") == ["approval.opened", "approval.answered"]


async def test_ap3_who_comes_second_learns_who_was_first(api: World) -> None:
    """The second approver gets 409 with the name and answer of the first, for either answer."""
    _, approval = await pending_approval(api)
    first, second = await api.member(Role.APPROVER, name="Ada"), await api.member(Role.APPROVER)
    await first.http.patch(respond_path(approval), json=answer_to(approval, "DENIED"))
    for status in ("APPROVED", "DENIED"):
        answer = await second.http.patch(respond_path(approval), json=answer_to(approval, status))
        assert answer.status_code == 409
        assert "Ada answered DENIED" in answer.json()["detail"]


async def test_ap1_high_risk_needs_two_people(api: World) -> None:
    """One vote is not enough, nor the same person's vote twice; the second person's vote decides."""
    owner, approval = await pending_approval(api, RiskLevel.HIGH)
    first, second = await api.member(Role.APPROVER), await api.member(Role.ADMIN)
    path = respond_path(approval)
    for _ in range(2):
        answer = await first.http.patch(path, json=answer_to(approval))
        assert (answer.json()["status"], len(answer.json()["votes"])) == ("PENDING", 1)
    mission = (await owner.http.get(f"/api/missions/{approval.mission_id}")).json()["mission"]
    assert mission["status"] == "AWAITING_APPROVAL"
    assert await signals(api, approval.mission_id) == 0
    answer = await second.http.patch(path, json=answer_to(approval))
    assert (answer.json()["status"], len(answer.json()["votes"])) == ("APPROVED", 2)
    assert await signals(api, approval.mission_id) == 1


async def test_ap6_one_denial_vetoes(api: World) -> None:
    """A denial decides, even after one of two required approvals."""
    _, approval = await pending_approval(api, RiskLevel.CRITICAL)
    first, second = await api.member(Role.APPROVER), await api.member(Role.APPROVER)
    await first.http.patch(respond_path(approval), json=answer_to(approval))
    answer = await second.http.patch(respond_path(approval), json=answer_to(approval, "DENIED"))
    assert answer.json()["status"] == "DENIED"


async def test_ap4_after_its_time_nothing_is_decided(api: World) -> None:
    """An expired approval answers 409 by the database's clock, before and after its row is marked."""
    _, approval = await pending_approval(api, window_s=-1)
    approver = await api.member(Role.APPROVER)
    for _ in range(2):
        answer = await approver.http.patch(respond_path(approval), json=answer_to(approval))
        assert answer.status_code == 409
        assert "EXPIRED" in answer.json()["detail"]
        state = await api.desk.resolve(ORG, approval.id)
        assert state.status is ApprovalStatus.EXPIRED
    assert await api.votes(approval.id) == 0


async def test_what_was_withdrawn_is_not_decided(api: World) -> None:
    """An approval that the mission revoked answers 409."""
    _, approval = await pending_approval(api)
    await api.desk.revoke(ORG, approval.id)
    approver = await api.member(Role.APPROVER)
    answer = await approver.http.patch(respond_path(approval), json=answer_to(approval))
    assert answer.status_code == 409
    assert "CANCELLED" in answer.json()["detail"]


@pytest.mark.parametrize("risk", [RiskLevel.MEDIUM, RiskLevel.HIGH])
async def test_ap3_of_thirty_racers_one_decision_remains(api: World, risk: RiskLevel) -> None:
    """Concurrent answers give one final status, one signal and a valid audit chain; the rest get 409."""
    owner, approval = await pending_approval(api, risk)
    racers = [await api.member(Role.APPROVER) for _ in range(30)]
    path = respond_path(approval)
    patches = (
        racer.http.patch(path, json=answer_to(approval, "DENIED" if number % 2 else "APPROVED"))
        for number, racer in enumerate(racers)
    )
    answers = await asyncio.gather(*patches)
    accepted = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} == {200, 409}
    decided = [response for response in accepted if response["status"] != "PENDING"]
    assert len(decided) == 1
    assert await api.votes(approval.id) == len(accepted) <= approval.quorum
    events = (await owner.http.get(f"/api/missions/{approval.mission_id}/events")).json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    finals = [event["payload"].get("status") for event in events if event["key"].startswith("decision/")]
    assert [status for status in finals if status != "PENDING"] == [decided[0]["status"]]
    assert await api.outbox(approval.mission_id) == []
    assert await signals(api, approval.mission_id) == 1
    assert await first_bad_entry(api.owner) is None
