from uuid import UUID

from fastapi import APIRouter

from api.access import Decider, Reader
from api.dependencies.injected import Updates, Votes
from api.dependencies.updates import UpdateDependencies
from api.requests.approvals import ApprovalAnswerRequest, WithdrawalRequest
from api.responses.approvals import ApprovalListResponse, ApprovalResponse
from missions.approval import ApprovalStatus
from missions.person import Person
from stores.postgres.approvals.votes import Decision
from stores.sockets import approval_rooms

router = APIRouter(prefix="/approvals", tags=["approvals"])


@router.get("")
async def approvals(
    person: Reader, votes: Votes, status: ApprovalStatus | None = None
) -> ApprovalListResponse:
    """The approvals that the person may read, newest first, at most 100."""
    approvals = await votes.inbox(person, status)
    return ApprovalListResponse(
        approvals=tuple(ApprovalResponse.of(approval, person) for approval in approvals)
    )


@router.get("/{approval_id}")
async def get(approval_id: UUID, person: Reader, votes: Votes) -> ApprovalResponse:
    """The approval, with the hash that an answer must repeat."""
    return ApprovalResponse.of(await votes.get(person, approval_id), person)


@router.patch("/{approval_id}/respond")
async def respond(
    approval_id: UUID, body: ApprovalAnswerRequest, person: Decider, votes: Votes, updates: Updates
) -> ApprovalResponse:
    """Approves or denies. The answer is stored when this returns; repeating it changes nothing."""
    decision = await votes.respond(
        person,
        approval_id,
        answer=body.status,
        notes=body.notes,
        shown_hash=body.action_hash,
        typed_target=body.typed_target,
        then=body.then,
    )
    return await _announce(decision, person, updates)


@router.post("/{approval_id}/withdraw")
async def withdraw(
    approval_id: UUID, body: WithdrawalRequest, person: Decider, votes: Votes, updates: Updates
) -> ApprovalResponse:
    """Takes the person's answer back before it is acted on; an approval that it decided becomes denied."""
    decision = await votes.withdraw(person, approval_id, reason=body.reason)
    return await _announce(decision, person, updates)


async def _announce(decision: Decision, person: Person, updates: UpdateDependencies) -> ApprovalResponse:
    """Signals the workflow, and sends the approval to the sockets of its approvers and its requester."""
    if decision.message is not None:
        await updates.relay.hasten(decision.message)
    if decision.recorded is not None:
        await updates.announcer.announce(person.org, decision.recorded)
        content = decision.approval.model_dump(mode="json", by_alias=True)
        for room in approval_rooms(person.org, decision.approval):
            await updates.announcer.emit("approval:response", content, room)
    return ApprovalResponse.of(decision.approval, person)
