from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.ports import Recorded
from missions.approval import Answer, Approval, ApprovalStatus, why_not
from missions.errors import ChangedError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from missions.event import Decided
from missions.person import Deed, Person
from missions.proposal import RiskLevel
from stores.postgres.approvals import approval_of, database_time, lock_approval
from stores.postgres.audit import audit
from stores.postgres.database import Database
from stores.postgres.journal import append
from stores.postgres.outbox import Kind, Message, post
from stores.postgres.tables import ApprovalRow, MissionRow, VoteRow


@dataclass(frozen=True)
class Decision:
    """What one answer changed: nothing, where it was a repetition."""

    approval: Approval
    recorded: Recorded | None
    message: Message | None


class PostgresVotes:
    """People's side of approvals: one transaction decides; the signal that follows is a doorbell."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def inbox(self, person: Person, status: ApprovalStatus | None) -> list[Approval]:
        """The approvals that the person may read, newest first, at most 100."""
        query = select(ApprovalRow).order_by(ApprovalRow.created_at.desc()).limit(100)
        if status is not None:
            query = query.where(ApprovalRow.status == status.value)
        if not person.may(Deed.READ_APPROVALS):
            query = query.where(ApprovalRow.requester == person.id)
        async with self._database.transaction(person.org) as session:
            return [await approval_of(session, row) for row in (await session.scalars(query)).all()]

    async def get(self, person: Person, which: UUID) -> Approval:
        """The card. Raises NotFoundError also where the person may not read it."""
        async with self._database.transaction(person.org) as session:
            row = await session.get(ApprovalRow, which)
            if row is None or not (person.may(Deed.READ_APPROVALS) or row.requester == person.id):
                raise NotFoundError("Unknown approval.")
            return await approval_of(session, row)

    async def respond(
        self, person: Person, which: UUID, *, answer: Answer, notes: str, shown_hash: str
    ) -> Decision:
        """Counts one person's answer under the row's lock, with audit entry, event and outbox row.

        The same person with the same answer and hash again changes nothing. Raises ForbiddenError,
        InvalidError (notes are required from MEDIUM), ChangedError (another hash), ConflictError (decided).
        """
        async with self._database.transaction(person.org) as session:
            mission, row = await lock_approval(session, which)
            approval = await approval_of(session, row)
            reason = why_not(person, approval)
            if reason is not None:
                raise ForbiddenError(reason)
            if shown_hash != row.action_hash:
                raise ChangedError("(changed_since_viewed)")
            before = next((vote for vote in approval.votes if vote.person == person.id), None)
            if before is not None and before.answer is answer:
                return Decision(approval, None, None)
            if before is not None:
                raise ConflictError(f"You answered {before.answer} already.")
            if approval.risk >= RiskLevel.MEDIUM and not notes.strip():
                raise InvalidError("notes: say why; a reason is required from risk MEDIUM.")
            now = await database_time(session)
            if row.status != ApprovalStatus.PENDING or row.decide_by <= now:
                raise ConflictError(_winner(approval))
            return await _count(session, (mission, row), person, answer, notes)


async def _count(
    session: AsyncSession, locked: tuple[MissionRow, ApprovalRow], person: Person, answer: Answer, notes: str
) -> Decision:
    mission, row = locked
    vote = VoteRow(
        approval_id=row.id,
        person=person.id,
        name=person.name,
        answer=answer.value,
        notes=notes,
        action_hash=row.action_hash,
    )
    session.add(vote)
    await session.flush()
    agreed = await session.scalar(
        select(func.count()).where(VoteRow.approval_id == row.id, VoteRow.answer == Answer.APPROVED.value)
    )
    if answer is Answer.DENIED:
        row.status = ApprovalStatus.DENIED.value
    elif (agreed or 0) >= row.quorum:
        row.status = ApprovalStatus.APPROVED.value
    status = ApprovalStatus(row.status)
    decided = Decided(
        approval_id=row.id, person=person.id, name=person.name, answer=answer, notes=notes, status=status
    )
    message = None
    if status is not ApprovalStatus.PENDING:
        row.decided_at = await database_time(session)
        message = await post(session, person.org, Kind.DECIDED, row.mission_id, {"approvalId": str(row.id)})
    recorded = await append(session, mission, person.email, decided)
    detail = {"answer": answer.value, "notes": notes, "hash": row.action_hash, "status": status.value}
    await audit(session, person.email, "approval.answered", f"approval/{row.id}", detail)
    return Decision(await approval_of(session, row), recorded, message)


def _winner(approval: Approval) -> str:
    if approval.votes and approval.status in (ApprovalStatus.APPROVED, ApprovalStatus.DENIED):
        last = approval.votes[-1]
        return f"It is {approval.status}: {last.name} answered {last.answer} at {last.at.isoformat()}."
    if approval.status is ApprovalStatus.PENDING:
        return f"It is EXPIRED: its time to decide ended at {approval.decide_by.isoformat()}."
    return f"It is {approval.status}."
