from uuid import UUID

from fastapi import APIRouter

from api.access import Decider, Reader, Wired
from api.requests import Response, Withdrawal
from api.responses import Approvals
from api.wiring import Wiring
from missions.approval import Approval, ApprovalStatus
from missions.person import Person
from stores.postgres.approvals.votes import Decision
from stores.sockets import approval_rooms

router = APIRouter(prefix="/approvals", tags=["approvals"])


@router.get("")
async def inbox(person: Reader, wiring: Wired, status: ApprovalStatus | None = None) -> Approvals:
    """What the person may decide or asked for, newest first, at most 100."""
    return Approvals(approvals=tuple(await wiring.votes.inbox(person, status)))


@router.get("/{approval_id}")
async def get(approval_id: UUID, person: Reader, wiring: Wired) -> Approval:
    """The card, with the hash that an answer must carry."""
    return await wiring.votes.get(person, approval_id)


@router.patch("/{approval_id}/respond")
async def respond(approval_id: UUID, body: Response, person: Decider, wiring: Wired) -> Approval:
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
    return await _told(decision, person, wiring)


@router.post("/{approval_id}/withdraw")
async def withdraw(approval_id: UUID, body: Withdrawal, person: Decider, wiring: Wired) -> Approval:
    """Takes the own answer back, until it is acted on; a yes that decided is a no from then on."""
    decision = await wiring.votes.withdraw(person, approval_id, reason=body.reason)
    return await _told(decision, person, wiring)


async def _told(decision: Decision, person: Person, wiring: Wiring) -> Approval:
    """Rings the workflow's doorbell, and tells who watches."""
    if decision.message is not None:
        await wiring.relay.hasten(decision.message)
    if decision.recorded is not None:
        await wiring.announcer.announce(person.org, decision.recorded)
        content = decision.approval.model_dump(mode="json", by_alias=True)
        for room in approval_rooms(person.org, decision.approval):
            await wiring.announcer.emit("approval:response", content, room)
    return decision.approval
