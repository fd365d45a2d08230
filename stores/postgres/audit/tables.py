"""The audit trail's tables: one chain in each organization's schema, and one in `shared`."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from stores.postgres.tables import Org, Shared


class _Entry:
    """One hash chain: each entry's hash covers the one before. JSON is kept as the text that was hashed."""

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    actor: Mapped[str]
    deed: Mapped[str]
    subject: Mapped[str]
    result: Mapped[str]
    ip: Mapped[str]
    user_agent: Mapped[str]
    correlation_id: Mapped[str]
    detail: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


class _Head:
    """The chain's last entry, under whose lock the next is appended; and where the chain begins today."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
    at: Mapped[datetime]
    partitioned_until: Mapped[datetime]
    floor_seq: Mapped[int] = mapped_column(BigInteger)
    floor_hash: Mapped[str]


class AuditRow(_Entry, Org):
    """What was done in an organization."""

    __tablename__ = "audit_entries"


class AuditHeadRow(_Head, Org):
    """Of the organization's chain."""

    __tablename__ = "audit_head"


class SystemAuditRow(_Entry, Shared):
    """What belongs to no organization: a failed login, an organization that was made."""

    __tablename__ = "audit_entries"


class SystemAuditHeadRow(_Head, Shared):
    """Of the system's chain."""

    __tablename__ = "audit_head"
