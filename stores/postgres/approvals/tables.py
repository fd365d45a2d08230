"""The tables of approvals: what was asked, answered, begun and done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from stores.postgres.tables import NOW, Org


class ApprovalRow(Org):
    """A lock, not a projection: never rebuilt."""

    __tablename__ = "approvals"
    __table_args__ = (Index("ix_approvals_status_decide_by", "status", "decide_by"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mission_id: Mapped[UUID] = mapped_column(ForeignKey("missions.id"), index=True)
    status: Mapped[str]
    proposal: Mapped[dict[str, Any]]
    verdict: Mapped[dict[str, Any]]
    quorum: Mapped[int]
    requester: Mapped[UUID]
    requester_name: Mapped[str]
    nonce: Mapped[str]
    action_hash: Mapped[str]
    decide_by: Mapped[datetime]
    act_by: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    decided_at: Mapped[datetime | None]
    consumed_at: Mapped[datetime | None]
    consumed_key: Mapped[str | None]
    gateway: Mapped[str | None]
    veto: Mapped[str | None]
    widened_at: Mapped[datetime | None]
    participants: Mapped[list[dict[str, Any]] | None]


class VoteRow(Org):
    """One answer of one person; `round` counts those that they took back before."""

    __tablename__ = "votes"

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    person: Mapped[UUID] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("0"))
    name: Mapped[str]
    answer: Mapped[str]
    notes: Mapped[str]
    then: Mapped[str | None]
    action_hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class WithdrawalRow(Org):
    """A vote that was taken back; its row in `votes` stays."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["approval_id", "person", "round"], ["votes.approval_id", "votes.person", "votes.round"]
        ),
    )

    approval_id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[UUID] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class IntentRow(Org):
    """Committed before any outside effect; one per approval, so one effect per approval."""

    __tablename__ = "intents"

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    action: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class OutcomeRow(Org):
    """The recorded receipt of the action; needs an intent."""

    __tablename__ = "outcomes"

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("intents.approval_id"), primary_key=True)
    receipt: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=NOW)
