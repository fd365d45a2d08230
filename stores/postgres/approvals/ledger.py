from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.approval import Approval, ApprovalStatus, VoteChoice, action_hash, why_not
from missions.errors import NotFoundError, RefusedError
from missions.organization import OrgStatus
from missions.person import Person, Role
from missions.proposal import Receipt, Refusal
from stores.postgres.approvals.approvals import STANDING, approval_now, bound_of, card_of, vote_of
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import (
    ApprovalRow,
    IntentRow,
    MembershipRow,
    OrgRow,
    OutcomeRow,
    PersonRow,
    VoteRow,
)


class PostgresLedger:
    """The executor's side of approvals: consume with intent, effect outside, outcome."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, org: str, which: UUID) -> tuple[Approval, Receipt | None]:
        """The approval, and the recorded outcome, if any. Raises NotFoundError."""
        async with self._database.transaction(org) as session:
            query = (
                select(ApprovalRow, OutcomeRow, VoteRow)
                .outerjoin(OutcomeRow, OutcomeRow.approval_id == ApprovalRow.id)
                .outerjoin(VoteRow, STANDING)
                .where(ApprovalRow.id == which)
                .order_by(VoteRow.at)
            )
            found = (await session.execute(query)).all()
        if not found:
            raise NotFoundError("Unknown approval.")
        outcome: OutcomeRow | None = found[0][1]  # an outer join
        done = None if outcome is None else Receipt.model_validate(outcome.receipt)
        voted: list[VoteRow | None] = [vote for _, _, vote in found]  # an outer join
        votes = tuple(vote_of(vote) for vote in voted if vote is not None)
        return card_of(found[0][0], votes), done

    async def begin(self, org: str, which: UUID, key: str) -> tuple[Approval, bool]:
        """Consumes the approval and writes the intent in one transaction; True if this call did it."""
        async with self._database.transaction(org) as session:
            row = await _lock(session, which)
            approval, now = await approval_now(session, row)
            if action_hash(bound_of(org, row)) != row.action_hash:
                raise RefusedError("The approval is not what people agreed to: its hash does not match.")
            if row.consumed_at is not None and row.consumed_key != key:
                raise RefusedError("The approval was consumed by another mission.")
            if row.status != ApprovalStatus.APPROVED:
                raise RefusedError(f"The approval is {row.status}.")
            if approval.act_until <= now:
                raise RefusedError("The time to act on this approval is over.")
            if row.consumed_at is not None:
                return approval, False
            await _still_entitled(session, org, approval)
            row.consumed_at, row.consumed_key = now, key
            session.add(IntentRow(approval_id=which, action=row.proposal["action"]))
            detail = {"action": approval.proposal.action.words, "hash": row.action_hash}
            await audit(session, "executor", "action.intent", f"approval/{which}", detail)
            return approval.model_copy(update={"consumed_at": now}), True

    async def finish(self, org: str, which: UUID, receipt: Receipt) -> Receipt:
        """Writes the outcome once; returns the one that is recorded."""
        async with self._database.transaction(org) as session:
            await _lock(session, which)
            return await _outcome(session, which, receipt)

    async def refuse(self, org: str, which: UUID, reason: str, refusal: Refusal) -> Receipt:
        """Audits that the executor would not act; the receipt says why, and is an outcome once consumed."""
        async with self._database.transaction(org) as session:
            row = await _lock(session, which)
            certain = row.consumed_at is None  # else it was asked for before a crash, and nothing is known
            receipt = Receipt(key=str(which), applied=False, certain=certain, refusal=refusal, detail=reason)
            await audit(session, "executor", "action.refused", f"approval/{which}", {"reason": reason})
            return receipt if certain else await _outcome(session, which, receipt)


async def _lock(session: AsyncSession, which: UUID) -> ApprovalRow:
    row = await session.scalar(select(ApprovalRow).where(ApprovalRow.id == which).with_for_update())
    if row is None:
        raise NotFoundError("Unknown approval.")
    return row


async def _outcome(session: AsyncSession, which: UUID, receipt: Receipt) -> Receipt:
    """Writes the outcome where there is none yet; returns the one that is recorded."""
    values = {"approval_id": which, "receipt": receipt.model_dump(mode="json", by_alias=True)}
    statement = insert(OutcomeRow).values(**values).on_conflict_do_nothing().returning(OutcomeRow.at)
    if (await session.execute(statement)).first() is not None:
        detail = {"applied": receipt.applied, "detail": receipt.detail}
        await audit(session, "executor", "action.outcome", f"approval/{which}", detail)
    recorded = await session.scalar(select(OutcomeRow).where(OutcomeRow.approval_id == which))
    return Receipt.model_validate(recorded.receipt) if recorded is not None else receipt


async def _still_entitled(session: AsyncSession, org: str, approval: Approval) -> None:
    """Enough of those who agreed may still decide this, by the one rule; else RefusedError.

    Of a suspended organization nothing begins, whoever agreed. What a policy rule allowed has no votes: the
    execute activity asks the policy again.
    """
    names = {vote.person: vote.name for vote in approval.votes if vote.answer is VoteChoice.APPROVED}
    entitled = and_(
        MembershipRow.org == OrgRow.slug,
        MembershipRow.person_id.in_(names),
        MembershipRow.disabled_at.is_(None),
    )
    query = (
        select(OrgRow.status, MembershipRow, PersonRow.is_service)
        .outerjoin(MembershipRow, entitled)
        .outerjoin(PersonRow, PersonRow.id == MembershipRow.person_id)
        .where(OrgRow.slug == org)
    )
    found = (await session.execute(query)).all()
    if {status for status, _, _ in found} != {OrgStatus.ACTIVE.value}:
        raise RefusedError("The organization is suspended.")
    if approval.by_rule:
        return
    voters: list[tuple[MembershipRow | None, bool]] = [(row[1], row[2]) for row in found]  # an outer join
    people = [
        Person(
            id=member.person_id,
            org=org,
            email="",  # the executor does not see it
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
        raise RefusedError("Not enough of those who agreed may still approve.")
