from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.ports import Recorded
from missions.approval import AfterDenial, Approval, ApprovalStatus, VoteChoice
from missions.approval_rights import (
    NO_MORE_VOTES,
    can_withdraw,
    is_open,
    needs_fresh_login,
    own_vote,
    what_is_missing,
    why_not,
)
from missions.errors import (
    ChangedError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StepUpError,
)
from missions.event import Decided, VoteWithdrawn
from missions.person import Person
from stores.postgres.approvals.approvals import lock_approval
from stores.postgres.approvals.rows import approval_now, approval_of, approvals_of, readable_approvals
from stores.postgres.approvals.tables import ApprovalRow, VoteRow, WithdrawalRow
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.missions.journal import append
from stores.postgres.missions.outbox import Message, MessageKind, post
from stores.postgres.tables import MissionRow


@dataclass(frozen=True)
class Decision:
    """What one vote changed; `recorded` and `message` are None for a repeated vote."""

    approval: Approval
    recorded: Recorded | None
    message: Message | None


class VoteStore:
    """People's side of approvals. One transaction decides; the signal after it carries no authority."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def inbox(self, person: Person, status: ApprovalStatus | None) -> list[Approval]:
        """The approvals that the person may read, newest first, at most 100."""
        query = select(ApprovalRow).where(readable_approvals(person))
        if status is not None:
            query = query.where(ApprovalRow.status == status.value)
        query = query.order_by(ApprovalRow.created_at.desc()).limit(100)
        async with self._database.transaction(person.org) as session:
            return await approvals_of(session, (await session.scalars(query)).all())

    async def get(self, person: Person, approval_id: UUID) -> Approval:
        """The approval. Raises NotFoundError, also if the person may not read it."""
        async with self._database.transaction(person.org) as session:
            query = select(ApprovalRow).where(ApprovalRow.id == approval_id, readable_approvals(person))
            row = await session.scalar(query)
            if row is None:
                raise NotFoundError("Unknown approval.")
            return await approval_of(session, row)

    async def respond(
        self,
        person: Person,
        approval_id: UUID,
        *,
        answer: VoteChoice,
        notes: str,
        shown_hash: str,
        typed_target: str | None = None,
        then: AfterDenial = AfterDenial.END,
    ) -> Decision:
        """Counts one person's vote under the row's lock, with audit entry, event and outbox row.

        The same vote by the same person again changes nothing. Raises NotFoundError (also if the person may
        not read it), ForbiddenError, ChangedError (another hash), StepUpError (approving from HIGH on needs a
        fresh login), InvalidError (notes or typed target are missing) and ConflictError (already decided,
        answered differently, or voted as often as is allowed).
        """
        async with self._database.transaction(person.org) as session:
            locked = await lock_approval(session, approval_id, readable_approvals(person))
            row = locked[1]
            approval, now = await approval_now(session, row)
            reason = why_not(person, approval)
            if reason is not None:
                raise ForbiddenError(reason.text)
            if shown_hash != row.action_hash:
                raise ChangedError("(changed_since_viewed)")
            before = own_vote(person, approval)
            if before is not None and before.answer is answer:
                return Decision(approval, None, None)
            if not is_open(approval, now):
                raise ConflictError(_winner(approval))
            if before is not None:
                raise ConflictError(f"You already answered {before.answer}; take that back first.")
            if person.id in approval.out_of_votes:
                raise ConflictError(NO_MORE_VOTES)
            if needs_fresh_login(person, approval, answer, now):
                raise StepUpError
            missing = what_is_missing(approval, answer, notes, typed_target)
            if missing is not None:
                raise InvalidError(missing)
            after_denial = then if answer is VoteChoice.DENIED else None
            return await _count(session, locked, approval, person, answer, notes, after_denial, now)

    async def withdraw(self, person: Person, approval_id: UUID, *, reason: str) -> Decision:
        """Takes the person's own vote back, until the approval is consumed.

        In an open approval the vote no longer counts. In an approved one it denies, since the action may be
        about to start. Raises ConflictError if there is nothing to take back, and NotFoundError.
        """
        async with self._database.transaction(person.org) as session:
            mission, row = await lock_approval(session, approval_id, readable_approvals(person))
            approval = await approval_of(session, row)
            vote = own_vote(person, approval)
            if vote is None:
                raise ConflictError("You have no vote that could be taken back.")
            if row.consumed_at is not None:
                raise ConflictError(f"The approval was acted on at {row.consumed_at.isoformat()}.")
            if not can_withdraw(approval):
                raise ConflictError(_winner(approval))
            session.add(WithdrawalRow(approval_id=row.id, person=person.id, round=vote.round, reason=reason))
            if approval.status is ApprovalStatus.APPROVED:
                row.status = ApprovalStatus.DENIED.value
            event = VoteWithdrawn(
                approval_id=row.id,
                person=person.id,
                name=person.name,
                reason=reason,
                status=ApprovalStatus(row.status),
                round=vote.round,
            )
            recorded = await append(session, mission, person.email, event)
            decided = event.status is not ApprovalStatus.PENDING
            message = await _post_decided(session, person.org, row) if decided else None
            detail = {"reason": reason, "hash": row.action_hash, "status": row.status}
            await audit(session, person.email, "approval.answer_withdrawn", f"approval/{row.id}", detail)
            return Decision(await approval_of(session, row), recorded, message)


async def _count(
    session: AsyncSession,
    locked: tuple[MissionRow, ApprovalRow],
    approval: Approval,
    person: Person,
    answer: VoteChoice,
    notes: str,
    then: AfterDenial | None,
    now: datetime,
) -> Decision:
    mission, row = locked
    own = VoteRow.approval_id == row.id, VoteRow.person == person.id
    earlier = select(func.count()).select_from(VoteRow).where(*own).scalar_subquery()
    vote = VoteRow(
        approval_id=row.id,
        person=person.id,
        round=earlier,
        name=person.name,
        answer=answer.value,
        notes=notes,
        then=None if then is None else then.value,
        action_hash=row.action_hash,
    )
    session.add(vote)
    if answer is VoteChoice.DENIED:
        row.status = ApprovalStatus.DENIED.value
    elif approval.agreed + 1 >= row.quorum:  # the person has no other vote
        row.status = ApprovalStatus.APPROVED.value
    status, message = ApprovalStatus(row.status), None
    if status is not ApprovalStatus.PENDING:
        row.decided_at = now
        message = await _post_decided(session, person.org, row)
    await session.flush()  # the database sets the vote's round
    decided = Decided(
        approval_id=row.id,
        person=person.id,
        name=person.name,
        answer=answer,
        notes=notes,
        status=status,
        then=then,
        round=vote.round,
    )
    recorded = await append(session, mission, person.email, decided)
    detail = {"answer": answer.value, "notes": notes, "hash": row.action_hash, "status": status.value}
    await audit(session, person.email, "approval.answered", f"approval/{row.id}", detail)
    return Decision(await approval_of(session, row), recorded, message)


async def _post_decided(session: AsyncSession, org: str, row: ApprovalRow) -> Message:
    return await post(session, org, MessageKind.DECIDED, row.mission_id, {"approvalId": str(row.id)})


def _winner(approval: Approval) -> str:
    if approval.votes and approval.status in (ApprovalStatus.APPROVED, ApprovalStatus.DENIED):
        last = approval.votes[-1]
        return (
            f"The approval is {approval.status}: {last.name} answered {last.answer} at {last.at.isoformat()}."
        )
    if approval.status is ApprovalStatus.PENDING:
        return f"The approval is EXPIRED: the time to decide ended at {approval.decide_by.isoformat()}."
    return f"The approval is {approval.status}."
