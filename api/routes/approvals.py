from uuid import UUID

from fastapi import APIRouter

from api.access import Decider, Reader, Wired
from api.answers import Approvals
from api.inputs import Response
from missions.approval import Approval, ApprovalStatus
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
        person, approval_id, answer=body.status, notes=body.notes, shown_hash=body.action_hash
    )
    if decision.message is not None:
        await wiring.relay.hasten(decision.message)
    if decision.recorded is not None:
        await wiring.announcer.announce(person.org, decision.recorded)
        content = decision.approval.model_dump(mode="json", by_alias=True)
        for room in approval_rooms(person.org, decision.approval):
            await wiring.announcer.emit("approval:response", content, room)
    return decision.approval
