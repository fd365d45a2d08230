import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

import missions.approval
from missions.approval import (
    AfterDenial,
    Approval,
    ApprovalState,
    ApprovalStatus,
    GatewayStatus,
    VoteChoice,
    action_hash,
    allowed_by_rule,
    quorum_for,
)
from missions.errors import NotFoundError
from missions.mission import Mission
from missions.proposal import PolicyVerdict, Proposal
from missions.reminder import is_wide
from stores.postgres.approvals.rows import approval_of, bound_of
from stores.postgres.approvals.tables import ApprovalRow
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.missions.journal import lock
from stores.postgres.missions.participants import participants_of
from stores.postgres.tables import MissionRow

Locked = tuple[MissionRow, ApprovalRow]


async def lock_approval(
    session: AsyncSession, approval_id: UUID, readable: ColumnElement[bool] | None = None
) -> Locked:
    """Locks the mission's row and the approval's, in this order, and reads them.

    Raises NotFoundError, also if the approval is not `readable`.
    """
    both = select(MissionRow, ApprovalRow).join(ApprovalRow, ApprovalRow.mission_id == MissionRow.id)
    result = await session.execute(
        both.where(ApprovalRow.id == approval_id, true() if readable is None else readable)
        .with_for_update()
        .execution_options(populate_existing=True)  # values read before the lock may be outdated
    )
    rows = result.one_or_none()
    if rows is None:
        raise NotFoundError("Unknown approval.")
    return rows[0], rows[1]


async def _state(session: AsyncSession, row: ApprovalRow, seconds_left: float = 0.0) -> ApprovalState:
    """The row's state, with the reason of a denial."""
    votes = (await approval_of(session, row)).votes if row.status == ApprovalStatus.DENIED else ()
    denial = next((vote for vote in reversed(votes) if vote.answer is VoteChoice.DENIED), None)
    reason = "" if denial is None else f"{denial.name}: {denial.notes}" if denial.notes else denial.name
    return ApprovalState(
        status=ApprovalStatus(row.status),
        seconds_left=seconds_left,
        consumed=row.consumed_at is not None,
        said=row.veto or reason,
        then=AfterDenial.END if denial is None or denial.then is None else denial.then,
        gateway=None if row.gateway is None else GatewayStatus(row.gateway),
        vetoed=row.veto is not None,
    )


def _asks_group(row: ApprovalRow) -> bool:
    """Whether only members of a group may decide it now."""
    waits = row.status == ApprovalStatus.PENDING and row.widened_at is None
    return waits and row.verdict.get("group") is not None


def _is_open(row: ApprovalRow) -> bool:
    """Whether it can still lead to an effect."""
    return row.status in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED) and row.consumed_at is None


async def database_time(session: AsyncSession) -> Any:  # noqa: ANN401  a datetime; the driver's type is not known
    """The database's time: the only clock that decides."""
    return (await session.execute(select(func.clock_timestamp()))).scalar_one()


async def _cancel_earlier(session: AsyncSession, mission_id: UUID) -> None:
    """Cancels the mission's earlier approvals: only one is open at a time."""
    own = ApprovalRow.mission_id == mission_id, ApprovalRow.consumed_at.is_(None)
    open_status = ApprovalRow.status.in_([ApprovalStatus.PENDING.value, ApprovalStatus.APPROVED.value])
    for row in (await session.scalars(select(ApprovalRow).where(*own, open_status).with_for_update())).all():
        row.status = ApprovalStatus.CANCELLED.value
        await audit(
            session,
            "agent",
            "approval.revoked",
            f"approval/{row.id}",
            {"reason": "replaced by a newer approval"},
        )


class PostgresApprovalDesk:
    """The workflow's side of approvals: it can open, read and revoke them, but never decide."""

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
        earlier: int = 0,
    ) -> Approval:
        """Opens one approval per question; `window_s` and `act_s` are seconds from the database's clock."""
        approval_id = missions.approval.approval_id(mission_id, proposal, earlier)
        async with self._database.transaction(org) as session:
            mission = await lock(session, mission_id)
            row = await session.get(ApprovalRow, approval_id)
            if row is None:
                await _cancel_earlier(session, mission_id)
                now = await database_time(session)
                decide_by = now + timedelta(seconds=window_s)
                allowed = allowed_by_rule(verdict)
                projection = Mission.model_validate(mission.mission)
                participants = (await participants_of(session, [mission_id]))[mission_id]
                row = ApprovalRow(
                    id=approval_id,
                    mission_id=mission_id,
                    status=(ApprovalStatus.APPROVED if allowed else ApprovalStatus.PENDING).value,
                    proposal=proposal.model_dump(mode="json", by_alias=True),
                    verdict=verdict.model_dump(mode="json", by_alias=True),
                    quorum=quorum_for(verdict.risk),
                    requester=projection.requester,
                    requester_name=projection.requester_name,
                    participants=[
                        participant.model_dump(mode="json", by_alias=True) for participant in participants
                    ],
                    nonce=secrets.token_hex(16),
                    decide_by=decide_by,
                    act_by=decide_by + timedelta(seconds=act_s),
                    decided_at=now if allowed else None,
                )
                row.action_hash = action_hash(bound_of(org, row))
                session.add(row)
                await session.flush()
                action = "approval.allowed_by_rule" if allowed else "approval.opened"
                detail = {"action": proposal.action.words, "hash": row.action_hash, "rule": verdict.rule}
                await audit(session, "agent", action, f"approval/{approval_id}", detail)
            return await approval_of(session, row)

    async def resolve(self, org: str, approval_id: UUID) -> ApprovalState:
        """The row's state; sets it to EXPIRED when its time is over.

        Takes a lock only for a change: a decided row stays decided, and an open one is read again later.
        """
        async with self._database.transaction(org) as session:
            query = select(ApprovalRow, func.clock_timestamp()).where(ApprovalRow.id == approval_id)
            result = (await session.execute(query)).one_or_none()
            if result is None:
                raise NotFoundError("Unknown approval.")
            row, now = result
            if row.status == ApprovalStatus.PENDING and row.decide_by <= now:
                _, row = await lock_approval(session, approval_id)
                if row.status == ApprovalStatus.PENDING:  # not decided while this call waited for the lock
                    row.status = ApprovalStatus.EXPIRED.value
                    await audit(session, "clock", "approval.expired", f"approval/{approval_id}", {})
            left = max(0.0, (row.decide_by - now).total_seconds())
            if _asks_group(row) and is_wide(row.decide_by - row.created_at, left):
                _, row = await lock_approval(session, approval_id)
                if _asks_group(row):
                    row.widened_at = now
                    detail = {"group": row.verdict["group"]}
                    await audit(session, "clock", "approval.widened", f"approval/{approval_id}", detail)
            return await _state(session, row, left)

    async def read(self, org: str, approval_id: UUID) -> Approval:
        """The approval. Raises NotFoundError."""
        async with self._database.transaction(org) as session:
            row = await session.get(ApprovalRow, approval_id)
            if row is None:
                raise NotFoundError("Unknown approval.")
            return await approval_of(session, row)

    async def note(self, org: str, approval_id: UUID, status: GatewayStatus) -> ApprovalState:
        """Stores the status of the gateway's approval; its denial makes ours DENIED unless it is consumed."""
        async with self._database.transaction(org) as session:
            _, row = await lock_approval(session, approval_id)
            if row.gateway != status:
                row.gateway = status.value
                veto = status.veto if _is_open(row) else None
                if veto is not None:
                    row.status, row.veto = ApprovalStatus.DENIED.value, veto
                detail = {"said": status.value, "status": row.status}
                await audit(
                    session, "gateway", "approval.gateway_answered", f"approval/{approval_id}", detail
                )
            now = await database_time(session)
            return await _state(session, row, max(0.0, (row.decide_by - now).total_seconds()))

    async def revoke(self, org: str, approval_id: UUID) -> ApprovalState:
        """Cancels it unless it was decided otherwise or consumed."""
        async with self._database.transaction(org) as session:
            _, row = await lock_approval(session, approval_id)
            if _is_open(row):
                row.status = ApprovalStatus.CANCELLED.value
                await audit(session, "agent", "approval.revoked", f"approval/{approval_id}", {})
            return await _state(session, row)
