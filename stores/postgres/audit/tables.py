"""The audit trail's tables: one chain in each organization's schema, and one in `shared`."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from stores.postgres.tables import Org, Shared


class _Entry:
    """One hash chain: each hash covers the previous one. JSON is stored as the text that was hashed."""

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
    """The chain's last entry, locked to append the next one; and the last entry that was dropped."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
    at: Mapped[datetime]
    partitioned_until: Mapped[datetime]
    floor_seq: Mapped[int] = mapped_column(BigInteger)
    floor_hash: Mapped[str]


class AuditRow(_Entry, Org):
    """The entries of an organization."""

    __tablename__ = "audit_entries"


class AuditHeadRow(_Head, Org):
    """The head of the organization's chain."""

    __tablename__ = "audit_head"


class SystemAuditRow(_Entry, Shared):
    """The entries of the installation: failed logins, new organizations."""

    __tablename__ = "audit_entries"


class SystemAuditHeadRow(_Head, Shared):
    """The head of the installation's chain."""

    __tablename__ = "audit_head"
