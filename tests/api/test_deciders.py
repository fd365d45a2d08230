"""The permission to decide an approval, at each entry point: one table, and the one rule `why_not`.

MCP is no entry point: the product calls tools of other servers and offers none.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import socketio
from served_api import ORG, PASSWORD, Member, World
from sqlalchemy import text, update

from cli.client import ApiClient, ApiError
from cli.main import _respond
from missions.approval import Approval, ApprovalStatus, VoteChoice
from missions.approval_rights import why_not
from missions.errors import RefusedError
from missions.permissions import Role
from missions.workflow_ids import mission_workflow_id
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.approvals.tables import ApprovalRow, VoteRow
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow
from workflows.mission import APPROVAL_DECIDED


@dataclass(frozen=True)
class ApprovalCase:
    """A person, and whether their approval counts."""

    may: bool
    roles: frozenset[Role] = field(default_factory=lambda: frozenset({Role.APPROVER}))
    asked: bool = False
    is_service: bool = False
    services: tuple[str, ...] | None = None


TABLE = {
    "approver": ApprovalCase(may=True),
    "administrator": ApprovalCase(may=True, roles=frozenset({Role.ADMIN})),
    "approver of this service": ApprovalCase(may=True, services=("web", "payments")),
    "approver of another service": ApprovalCase(may=False, services=("web",)),
    "requester who approves": ApprovalCase(
        may=False, roles=frozenset({Role.OPERATOR, Role.APPROVER}), asked=True
    ),
    "requester who administers": ApprovalCase(may=False, roles=frozenset({Role.ADMIN}), asked=True),
    "service account with every role": ApprovalCase(may=False, roles=frozenset(Role), is_service=True),
    "viewer": ApprovalCase(may=False, roles=frozenset({Role.VIEWER})),
    "operator": ApprovalCase(may=False, roles=frozenset({Role.OPERATOR})),
    "auditor": ApprovalCase(may=False, roles=frozenset({Role.AUDITOR})),
}


async def by_rest(_: World, member: Member, approval: Approval) -> bool:
    body = {"status": "APPROVED", "notes": "I looked.", "actionHash": approval.action_hash}
    answer = await member.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
    assert answer.status_code in (200, 401, 403, 404)
    return answer.status_code == 200


async def by_cli(api: World, member: Member, approval: Approval) -> bool:
    """As `ops-agent approve`: signs in, reads the card and answers."""
    client = ApiClient(api.url, member.person.email, PASSWORD)
    try:
        await _respond(client, str(approval.id), {"status": "APPROVED", "notes": "I looked."})
    except ApiError as error:
        assert error.status in (401, 403, 404)  # noqa: PT017  no error is a valid result too
        return False
    return True


async def by_executor(api: World, member: Member, approval: Approval) -> bool:
    """As if a vote had been written to the table directly: the executor evaluates the rule again."""
    vote = VoteRow(
        approval_id=approval.id,
        person=member.person.id,
        name=member.person.name,
        answer=VoteChoice.APPROVED.value,
        notes="forged",
        action_hash=approval.action_hash,
    )
    async with api.owner.transaction(ORG) as session:
        session.add(vote)
        decided = {"status": "APPROVED", "decided_at": text("clock_timestamp()")}
        await session.execute(update(ApprovalRow).where(ApprovalRow.id == approval.id).values(decided))
    database = Database(api.urls.actions, pool_size=1)
    try:
        return (await PostgresLedger(database).begin(ORG, approval.id, "a"))[1]
    except RefusedError as error:
        assert "Too few of the approvers" in str(error.detail)  # noqa: PT017  no error is a valid result too
        return False
    finally:
        await database.close()


EntryPoint = Callable[[World, Member, Approval], Awaitable[bool]]


async def present(api: World, kind: ApprovalCase) -> tuple[Member, Approval]:
    """A signed-in person of this case, and a pending approval."""
    member = await api.member(Role.OPERATOR)
    asking = member if kind.asked else await api.member(Role.OPERATOR)
    approval = await api.approval(await api.mission(asking))
    values: dict[str, Any] = {"roles": sorted(kind.roles), "services": kind.services and list(kind.services)}
    mine = MembershipRow.person_id == member.person.id
    async with api.owner.transaction() as session:
        await session.execute(update(MembershipRow).where(mine).values(values))
        service = text("UPDATE shared.people SET is_service = :service WHERE id = :id")
        await session.execute(service, {"service": kind.is_service, "id": member.person.id})
    return member, approval


@pytest.mark.parametrize("entry_point", [by_rest, by_cli, by_executor])
@pytest.mark.parametrize("kind", TABLE.values(), ids=TABLE)
async def test_ap1_the_same_people_decide_at_every_door(
    api: World, kind: ApprovalCase, entry_point: EntryPoint
) -> None:
    """The rule and each entry point give the same result for each person."""
    member, approval = await present(api, kind)
    changes = {"roles": kind.roles, "is_service": kind.is_service}
    services = None if kind.services is None else frozenset(kind.services)
    person = member.person.model_copy(update=changes | {"services": services})
    assert (why_not(person, approval) is None) == kind.may
    assert await entry_point(api, member, approval) == kind.may
    if entry_point is not by_executor:
        assert await api.votes(approval.id) == int(kind.may)


@pytest.mark.parametrize("name", ["approver", "requester who administers"])
async def test_ap1_a_socket_and_a_signal_are_no_doors(api: World, name: str) -> None:
    """Socket events and Temporal signals never count as a vote; the approval stays pending."""
    member, approval = await present(api, TABLE[name])
    vote = {"approvalId": str(approval.id), "status": "APPROVED", "actionHash": approval.action_hash}
    async with socketio.AsyncSimpleClient(reconnection=False) as socket:
        await socket.connect(api.url, auth={"token": member.token}, transports=["websocket"])
        for event in ("approval:respond", "approval:response", "approval:approve"):
            await socket.emit(event, vote)
        await socket.emit("ping")
        while (await socket.receive(timeout=20))[0] != "pong":
            pass  # the events above were read before
    handle = api.temporal.get_workflow_handle(mission_workflow_id(ORG, approval.mission_id))
    await handle.signal(APPROVAL_DECIDED, vote | {"person": str(member.person.id)})
    assert await api.votes(approval.id) == 0
    assert (await api.desk.resolve(ORG, approval.id)).status is ApprovalStatus.PENDING
