from uuid import UUID

from fastapi import APIRouter

from api.access import Decider, Reader, Wired
from api.requests.approvals import ApprovalAnswerRequest, WithdrawalRequest
from api.responses.approvals import ApprovalListResponse, ApprovalResponse
from api.wiring import Wiring
from missions.approval import ApprovalStatus
from missions.person import Person
from stores.postgres.approvals.votes import Decision
from stores.sockets import approval_rooms

router = APIRouter(prefix="/approvals", tags=["approvals"])


@router.get("")
async def inbox(person: Reader, wiring: Wired, status: ApprovalStatus | None = None) -> ApprovalListResponse:
    """What the person may decide or asked for, newest first, at most 100."""
    approvals = await wiring.votes.inbox(person, status)
    return ApprovalListResponse(approvals=tuple(ApprovalResponse.of(row, person) for row in approvals))


@router.get("/{approval_id}")
async def get(approval_id: UUID, person: Reader, wiring: Wired) -> ApprovalResponse:
    """The card, with the hash that an answer must carry."""
    return ApprovalResponse.of(await wiring.votes.get(person, approval_id), person)


@router.patch("/{approval_id}/respond")
async def respond(
    approval_id: UUID, body: ApprovalAnswerRequest, person: Decider, wiring: Wired
) -> ApprovalResponse:
    """Answers. The table has decided when this returns; the same answer again changes nothing."""
    decision = await wiring.votes.respond(
        person,
        approval_id,
        answer=body.status,
        notes=body.notes,
        shown_hash=body.action_hash,
        typed_target=body.typed_target,
        then=body.then,
    )
    return await _announce(decision, person, wiring)


@router.post("/{approval_id}/withdraw")
async def withdraw(
    approval_id: UUID, body: WithdrawalRequest, person: Decider, wiring: Wired
) -> ApprovalResponse:
    """Takes the own answer back, until it is acted on; a yes that decided is a no from then on."""
    decision = await wiring.votes.withdraw(person, approval_id, reason=body.reason)
    return await _announce(decision, person, wiring)


async def _announce(decision: Decision, person: Person, wiring: Wiring) -> ApprovalResponse:
    """Signals the workflow, and sends the approval to the sockets of its approvers and its requester."""
    if decision.message is not None:
        await wiring.relay.hasten(decision.message)
    if decision.recorded is not None:
        await wiring.announcer.announce(person.org, decision.recorded)
        content = decision.approval.model_dump(mode="json", by_alias=True)
        for room in approval_rooms(person.org, decision.approval):
            await wiring.announcer.emit("approval:response", content, room)
    return ApprovalResponse.of(decision.approval, person)
