"""The tables. Those of an organization have no schema: each transaction sets its search path."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
TYPES = {
    datetime: TIMESTAMP(timezone=True),
    str: Text(),
    dict[str, Any]: JSONB(),
    list[dict[str, Any]]: JSONB(),
    list[str]: ARRAY(Text()),
}
NOW = func.clock_timestamp()


class Shared(DeclarativeBase):
    """Tables of the installation, in the schema `shared`."""

    metadata = MetaData(schema="shared", naming_convention=NAMES)
    type_annotation_map = TYPES


class Org(DeclarativeBase):
    """Tables of one organization, in its own schema."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = TYPES


class OrgRow(Shared):
    """An organization. The maximum of one with a parent is its share of the parent's."""

    __tablename__ = "orgs"
    __table_args__ = (
        CheckConstraint("parent IS NULL OR coalesce(max_concurrent_missions, 0) >= 1", name="share"),
    )

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    status: Mapped[str] = mapped_column(server_default=text("'ACTIVE'"))
    parent: Mapped[str | None]
    max_concurrent_missions: Mapped[int | None]
    deleted_at: Mapped[datetime | None]


class BlueprintRow(Shared):
    """One row: the statements that create an organization's tables, written by the migration."""

    __tablename__ = "org_blueprint"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    statements: Mapped[str]


class PersonRow(Shared):
    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    is_service: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class MembershipRow(Shared):
    """A person's rights in one organization; `version` counts its administrators' changes of them."""

    __tablename__ = "memberships"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("shared.people.id"), primary_key=True)
    org: Mapped[str] = mapped_column(ForeignKey("shared.orgs.slug"), primary_key=True)
    roles: Mapped[list[str]]
    services: Mapped[list[str] | None]
    groups: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class SessionRow(Shared):
    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("shared.people.id"), index=True)
    org: Mapped[str] = mapped_column(ForeignKey("shared.orgs.slug"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    authenticated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    address: Mapped[str] = mapped_column(server_default=text("''"))
    user_agent: Mapped[str] = mapped_column(server_default=text("''"))


class OutboxRow(Shared):
    """Messages for Temporal. Deleted once acknowledged."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    org: Mapped[str]
    kind: Mapped[str]
    mission_id: Mapped[UUID] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    due_at: Mapped[datetime] = mapped_column(server_default=NOW, index=True)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    rank: Mapped[int] = mapped_column(server_default=text("0"))
    admitted_at: Mapped[datetime | None]


class MissionStartRow(Shared):
    """The missions that a person started in the last hour, in any organization. Older rows are deleted."""

    __tablename__ = "mission_starts"
    __table_args__ = (Index("ix_mission_starts_person_id_at", "person_id", "at"),)

    mission_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class MissionRow(Org):
    """Projection of mission_events, and the lock under which events are numbered."""

    __tablename__ = "missions"
    __table_args__ = (
        UniqueConstraint("requester", "idempotency_key"),
        Index("ix_missions_requester_id", "requester", "id"),
        Index("ix_missions_status_id", "status", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    requester: Mapped[UUID]
    last_seq: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    mission: Mapped[dict[str, Any]]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str | None]
    hidden: Mapped[bool] = mapped_column(server_default=text("false"))


class EventRow(Org):
    __tablename__ = "mission_events"
    __table_args__ = (UniqueConstraint("mission_id", "key"),)

    mission_id: Mapped[UUID] = mapped_column(ForeignKey("missions.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    payload: Mapped[dict[str, Any]]
    correlation_id: Mapped[str | None]


class ParticipantRow(Org):
    """A person who took part in what a mission asks for; written with the event, and never changed."""

    __tablename__ = "participants"

    mission_id: Mapped[UUID] = mapped_column(ForeignKey("missions.id"), primary_key=True)
    person: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class ArtifactRow(Org):
    __tablename__ = "artifacts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mission_id: Mapped[UUID] = mapped_column(ForeignKey("missions.id"), index=True)
    ref: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class TemplateRow(Org):
    """A reusable prompt for missions."""

    __tablename__ = "templates"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    name: Mapped[str] = mapped_column(unique=True)
    draft: Mapped[dict[str, Any]]
    usage_count: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class ConnectorRow(Org):
    """A dashboard that an administrator registered."""

    __tablename__ = "connectors"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    name: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    base_url: Mapped[str]
    config: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    sealed: Mapped[dict[str, Any] | None]
    health: Mapped[dict[str, Any] | None]
