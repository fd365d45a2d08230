from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.approval import NOT_CONSUMED, Approval, ApprovalStatus, VoteChoice, action_hash
from missions.approval_rights import why_not
from missions.errors import NotFoundError, RefusedError
from missions.organization import OrgStatus
from missions.permissions import Role
from missions.person import Person
from missions.proposal import Receipt, Refusal
from stores.postgres.approvals.rows import approval_now, approval_of, bound_of
from stores.postgres.approvals.tables import ApprovalRow, IntentRow, OutcomeRow
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow


class PostgresLedger:
    """The executor's side of approvals: consume, record intent and outcome."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, org: str, approval_id: UUID) -> tuple[Approval, Receipt | None]:
        """The approval, and the recorded outcome, if any. Raises NotFoundError."""
        async with self._database.transaction(org) as session:
            row = await session.get(ApprovalRow, approval_id)
            if row is None:
                raise NotFoundError("Unknown approval.")
            outcome = await session.get(OutcomeRow, approval_id)
            receipt = None if outcome is None else Receipt.model_validate(outcome.receipt)
            return await approval_of(session, row), receipt

    async def begin(self, org: str, approval_id: UUID, key: str) -> tuple[Approval, bool]:
        """Consumes the approval and writes the intent in one transaction; True if this call did it."""
        async with self._database.transaction(org) as session:
            row = await _lock(session, approval_id)
            approval, now = await approval_now(session, row)
            if action_hash(bound_of(org, row)) != row.action_hash:
                raise RefusedError(
                    "The approval was changed after people approved it: its hash does not match."
                )
            if row.consumed_at is not None and row.consumed_key != key:
                raise RefusedError("The approval was consumed by another mission.")
            if row.status != ApprovalStatus.APPROVED:
                raise RefusedError(f"The approval is {row.status}.")
            if approval.act_until <= now:
                raise RefusedError("The time to act on this approval is over.")
            if row.consumed_at is not None:
                return approval, False
            await _check_approvers(session, org, approval)
            row.consumed_at, row.consumed_key = now, key
            session.add(IntentRow(approval_id=approval_id, action=row.proposal["action"]))
            detail = {"action": approval.proposal.action.words, "hash": row.action_hash}
            await audit(session, "executor", "action.intent", f"approval/{approval_id}", detail)
            return approval.model_copy(update={"consumed_at": now}), True

    async def finish(self, org: str, approval_id: UUID, receipt: Receipt) -> Receipt:
        """Writes the outcome once; returns the one that is recorded. Raises RefusedError if not consumed."""
        async with self._database.transaction(org) as session:
            row = await _lock(session, approval_id)
            if row.consumed_at is None:
                raise RefusedError(NOT_CONSUMED)
            return await _outcome(session, approval_id, receipt)

    async def refuse(self, org: str, approval_id: UUID, reason: str, refusal: Refusal) -> Receipt:
        """Audits the executor's refusal; the receipt has the reason, and is the outcome once consumed."""
        async with self._database.transaction(org) as session:
            row = await _lock(session, approval_id)
            certain = row.consumed_at is None  # otherwise a crash left the outcome unknown
            receipt = Receipt(
                key=str(approval_id), applied=False, certain=certain, refusal=refusal, detail=reason
            )
            await audit(session, "executor", "action.refused", f"approval/{approval_id}", {"reason": reason})
            return receipt if certain else await _outcome(session, approval_id, receipt)


async def _lock(session: AsyncSession, approval_id: UUID) -> ApprovalRow:
    row = await session.scalar(select(ApprovalRow).where(ApprovalRow.id == approval_id).with_for_update())
    if row is None:
        raise NotFoundError("Unknown approval.")
    return row


async def _outcome(session: AsyncSession, approval_id: UUID, receipt: Receipt) -> Receipt:
    """Writes the outcome if there is none; returns the recorded one."""
    values = {"approval_id": approval_id, "receipt": receipt.model_dump(mode="json", by_alias=True)}
    statement = insert(OutcomeRow).values(**values).on_conflict_do_nothing().returning(OutcomeRow.at)
    if (await session.execute(statement)).first() is not None:
        detail = {"applied": receipt.applied, "detail": receipt.detail}
        await audit(session, "executor", "action.outcome", f"approval/{approval_id}", detail)
    recorded = await session.scalar(select(OutcomeRow).where(OutcomeRow.approval_id == approval_id))
    return Receipt.model_validate(recorded.receipt) if recorded is not None else receipt


async def _check_approvers(session: AsyncSession, org: str, approval: Approval) -> None:
    """Raises RefusedError unless enough of the approvers may still decide this, by the same rule.

    Nothing starts for a suspended organization. An approval by a policy rule has no votes: the execute
    activity evaluates the policy again.
    """
    names = {vote.person: vote.name for vote in approval.votes if vote.answer is VoteChoice.APPROVED}
    memberships = and_(
        MembershipRow.org == OrgRow.slug,
        MembershipRow.person_id.in_(names),
        MembershipRow.disabled_at.is_(None),
    )
    query = (
        select(OrgRow.status, MembershipRow, PersonRow.is_service)
        .outerjoin(MembershipRow, memberships)
        .outerjoin(PersonRow, PersonRow.id == MembershipRow.person_id)
        .where(OrgRow.slug == org)
    )
    rows = (await session.execute(query)).all()
    if {status for status, _, _ in rows} != {OrgStatus.ACTIVE.value}:
        raise RefusedError("The organization is suspended.")
    if approval.by_rule:
        return
    voters: list[tuple[MembershipRow | None, bool]] = [(row[1], row[2]) for row in rows]  # an outer join
    people = [
        Person(
            id=member.person_id,
            org=org,
            email="",  # the executor may not read it
            name=names[member.person_id],
            roles=frozenset(Role(role) for role in member.roles),
            is_service=is_service,
            services=None if member.services is None else frozenset(member.services),
            groups=frozenset(member.groups),
        )
        for member, is_service in voters
        if member is not None
    ]
    if sum(why_not(person, approval) is None for person in people) < approval.quorum:
        raise RefusedError("Too few of the approvers may still approve.")
