import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from missions.approval import (
    AfterDenial,
    Approval,
    ApprovalBinding,
    ApprovalState,
    ApprovalStatus,
    GatewayStatus,
    Vote,
    VoteChoice,
    action_hash,
    allowed_by_rule,
    approval_id,
    quorum_for,
)
from missions.errors import NotFoundError
from missions.mission import Mission
from missions.proposal import PolicyVerdict, Proposal
from missions.reminder import is_wide
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.missions.journal import lock
from stores.postgres.tables import ApprovalRow, MissionRow, VoteRow, WithdrawalRow

Locked = tuple[MissionRow, ApprovalRow]
_TAKEN_BACK = select(WithdrawalRow.person, WithdrawalRow.round).where(
    WithdrawalRow.approval_id == ApprovalRow.id
)
STANDING = and_(
    VoteRow.approval_id == ApprovalRow.id,
    tuple_(VoteRow.person, VoteRow.round).not_in(_TAKEN_BACK.correlate(ApprovalRow)),
)
"""Joins an approval's row with the votes that nobody took back."""


async def lock_approval(session: AsyncSession, which: UUID) -> Locked:
    """The mission's row and the approval's, locked in this order, as they are now. Raises NotFoundError."""
    both = select(MissionRow, ApprovalRow).join(ApprovalRow, ApprovalRow.mission_id == MissionRow.id)
    found = await session.execute(
        both.where(ApprovalRow.id == which)
        .with_for_update()
        .execution_options(populate_existing=True)  # what was read before the lock may be old
    )
    rows = found.one_or_none()
    if rows is None:
        raise NotFoundError("Unknown approval.")
    return rows[0], rows[1]


def bound_of(org: str, row: ApprovalRow) -> ApprovalBinding:
    """What the row is bound to, read from its columns: a changed column changes the hash."""
    return ApprovalBinding(
        org=org,
        mission=row.mission_id,
        approval=row.id,
        requester=row.requester,
        proposal=Proposal.model_validate(row.proposal),
        verdict=PolicyVerdict.model_validate(row.verdict),
        quorum=row.quorum,
        decide_by=row.decide_by,
        act_by=row.act_by,
        nonce=row.nonce,
    )


async def approval_of(session: AsyncSession, row: ApprovalRow) -> Approval:
    """The card with the votes that stand."""
    return (await approval_now(session, row))[0]


async def approval_now(session: AsyncSession, row: ApprovalRow) -> tuple[Approval, datetime]:
    """The card with the votes that stand, and what time it is: one statement, behind the row's lock."""
    votes, now = await _votes(session, row)
    return card_of(row, votes), now


def card_of(row: ApprovalRow, votes: tuple[Vote, ...]) -> Approval:
    """The card in the product's words."""
    verdict = PolicyVerdict.model_validate(row.verdict)
    return Approval(
        id=row.id,
        mission_id=row.mission_id,
        status=ApprovalStatus(row.status),
        proposal=Proposal.model_validate(row.proposal),
        verdict=verdict,
        risk=verdict.risk,
        quorum=row.quorum,
        requester=row.requester,
        requester_name=row.requester_name,
        action_hash=row.action_hash,
        decide_by=row.decide_by,
        act_by=row.act_by,
        created_at=row.created_at,
        decided_at=row.decided_at,
        consumed_at=row.consumed_at,
        votes=votes,
        gateway=None if row.gateway is None else GatewayStatus(row.gateway),
        veto=row.veto,
        widened_at=row.widened_at,
    )


async def approvals_of(session: AsyncSession, rows: Sequence[ApprovalRow]) -> list[Approval]:
    """The cards with the votes that stand, however many, by one question."""
    query = select(VoteRow).join(ApprovalRow, STANDING).order_by(VoteRow.at)
    votes: dict[UUID, list[Vote]] = {row.id: [] for row in rows}
    for vote in await session.scalars(query.where(ApprovalRow.id.in_(votes))):
        votes[vote.approval_id].append(vote_of(vote))
    return [card_of(row, tuple(votes[row.id])) for row in rows]


async def _votes(session: AsyncSession, row: ApprovalRow) -> tuple[tuple[Vote, ...], datetime]:
    """The votes that nobody took back, oldest first, and the database's time."""
    query = select(func.clock_timestamp(), VoteRow).select_from(ApprovalRow).outerjoin(VoteRow, STANDING)
    found = (await session.execute(query.where(ApprovalRow.id == row.id).order_by(VoteRow.at))).all()
    return tuple(vote_of(vote) for _, vote in found if vote is not None), found[0][0]


def vote_of(row: VoteRow) -> Vote:
    """The vote in the product's words."""
    return Vote(
        person=row.person,
        name=row.name,
        answer=VoteChoice(row.answer),
        notes=row.notes,
        then=None if row.then is None else AfterDenial(row.then),
        round=row.round,
        at=row.at,
    )


async def _standing(session: AsyncSession, row: ApprovalRow, seconds_left: float = 0.0) -> ApprovalState:
    """What the row says, with the words of whoever denied it."""
    votes = (await _votes(session, row))[0] if row.status == ApprovalStatus.DENIED else ()
    denial = next((vote for vote in reversed(votes) if vote.answer is VoteChoice.DENIED), None)
    said = "" if denial is None else f"{denial.name}: {denial.notes}" if denial.notes else denial.name
    return ApprovalState(
        status=ApprovalStatus(row.status),
        seconds_left=seconds_left,
        consumed=row.consumed_at is not None,
        said=row.veto or said,
        then=AfterDenial.END if denial is None or denial.then is None else denial.then,
        gateway=None if row.gateway is None else GatewayStatus(row.gateway),
        vetoed=row.veto is not None,
    )


def _asks_group(row: ApprovalRow) -> bool:
    """Whether it waits for a group's members alone."""
    waits = row.status == ApprovalStatus.PENDING and row.widened_at is None
    return waits and row.verdict.get("group") is not None


def _is_open(row: ApprovalRow) -> bool:
    """Whether it can still come to an effect."""
    return row.status in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED) and row.consumed_at is None


async def database_time(session: AsyncSession) -> Any:  # noqa: ANN401  a datetime; the driver's type is not known
    """Now, by the database's clock: the only clock that decides."""
    return (await session.execute(select(func.clock_timestamp()))).scalar_one()


async def _withdraw_others(session: AsyncSession, mission_id: UUID) -> None:
    """A mission asks one question at a time: a new one takes back what was asked before."""
    mine = ApprovalRow.mission_id == mission_id, ApprovalRow.consumed_at.is_(None)
    still = ApprovalRow.status.in_([ApprovalStatus.PENDING.value, ApprovalStatus.APPROVED.value])
    for row in (await session.scalars(select(ApprovalRow).where(*mine, still).with_for_update())).all():
        row.status = ApprovalStatus.CANCELLED.value
        await audit(session, "agent", "approval.revoked", f"approval/{row.id}", {"reason": "asked anew"})


class PostgresApprovalDesk:
    """The workflow's side of approvals; it can open, look and revoke, never decide."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self,
        org: str,
        mission_id: UUID,
        *,
        proposal: Proposal,
        verdict: PolicyVerdict,
        window_s: int,
        act_s: int,
    ) -> Approval:
        """Opens once by content; decide_by and act_by are by the database's clock, in seconds from now."""
        which = approval_id(mission_id, proposal)
        async with self._database.transaction(org) as session:
            mission = await lock(session, mission_id)
            row = await session.get(ApprovalRow, which)
            if row is None:
                await _withdraw_others(session, mission_id)
                now = await database_time(session)
                decide_by = now + timedelta(seconds=window_s)
                allowed = allowed_by_rule(verdict)
                told = Mission.model_validate(mission.mission)
                row = ApprovalRow(
                    id=which,
                    mission_id=mission_id,
                    status=(ApprovalStatus.APPROVED if allowed else ApprovalStatus.PENDING).value,
                    proposal=proposal.model_dump(mode="json", by_alias=True),
                    verdict=verdict.model_dump(mode="json", by_alias=True),
                    quorum=quorum_for(verdict.risk),
                    requester=told.requester,
                    requester_name=told.requester_name,
                    nonce=secrets.token_hex(16),
                    decide_by=decide_by,
                    act_by=decide_by + timedelta(seconds=act_s),
                    decided_at=now if allowed else None,
                )
                row.action_hash = action_hash(bound_of(org, row))
                session.add(row)
                await session.flush()
                deed = "approval.allowed_by_rule" if allowed else "approval.opened"
                detail = {"action": proposal.action.words, "hash": row.action_hash, "rule": verdict.rule}
                await audit(session, "agent", deed, f"approval/{which}", detail)
            return await approval_of(session, row)

    async def resolve(self, org: str, which: UUID) -> ApprovalState:
        """What the row says; what is past its time becomes EXPIRED.

        Most looks change nothing, so they take no lock: a decided row stays decided, and one that still
        waits is looked at again.
        """
        async with self._database.transaction(org) as session:
            look = select(ApprovalRow, func.clock_timestamp()).where(ApprovalRow.id == which)
            seen = (await session.execute(look)).one_or_none()
            if seen is None:
                raise NotFoundError("Unknown approval.")
            row, now = seen
            if row.status == ApprovalStatus.PENDING and row.decide_by <= now:
                _, row = await lock_approval(session, which)
                if row.status == ApprovalStatus.PENDING:  # nobody decided it while we waited for the lock
                    row.status = ApprovalStatus.EXPIRED.value
                    await audit(session, "clock", "approval.expired", f"approval/{which}", {})
            left = max(0.0, (row.decide_by - now).total_seconds())
            if _asks_group(row) and is_wide(row.decide_by - row.created_at, left):
                _, row = await lock_approval(session, which)
                if _asks_group(row):
                    row.widened_at = now
                    detail = {"group": row.verdict["group"]}
                    await audit(session, "clock", "approval.widened", f"approval/{which}", detail)
            return await _standing(session, row, left)

    async def read(self, org: str, which: UUID) -> Approval:
        """The card. Raises NotFoundError."""
        async with self._database.transaction(org) as session:
            row = await session.get(ApprovalRow, which)
            if row is None:
                raise NotFoundError("Unknown approval.")
            return await approval_of(session, row)

    async def note(self, org: str, which: UUID, said: GatewayStatus) -> ApprovalState:
        """Keeps what the gateway says of its own approval; its no makes ours DENIED, until it is consumed."""
        async with self._database.transaction(org) as session:
            _, row = await lock_approval(session, which)
            if row.gateway != said:
                row.gateway = said.value
                veto = said.veto if _is_open(row) else None
                if veto is not None:
                    row.status, row.veto = ApprovalStatus.DENIED.value, veto
                detail = {"said": said.value, "status": row.status}
                await audit(session, "gateway", "approval.gateway_answered", f"approval/{which}", detail)
            now = await database_time(session)
            return await _standing(session, row, max(0.0, (row.decide_by - now).total_seconds()))

    async def revoke(self, org: str, which: UUID) -> ApprovalState:
        """CANCELLED unless it was decided otherwise or consumed."""
        async with self._database.transaction(org) as session:
            _, row = await lock_approval(session, which)
            if _is_open(row):
                row.status = ApprovalStatus.CANCELLED.value
                await audit(session, "agent", "approval.revoked", f"approval/{which}", {})
            return await _standing(session, row)
