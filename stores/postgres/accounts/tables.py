"""Tables for authentication. Secrets are stored as SHA-256 or sealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from stores.postgres.tables import NOW, Shared

PERSON = "shared.people.id"


class RefreshRow(Shared):
    """Refresh tokens; those of one session form a family."""

    __tablename__ = "refresh_tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("shared.sessions.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    used_at: Mapped[datetime | None]


class LinkRow(Shared):
    """One-time links: for the first administrator, and for setting a password.

    `issued_by` is an administrator of `org`; None: the owner of the installation.
    """

    __tablename__ = "one_time_links"

    digest: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    org: Mapped[str] = mapped_column(ForeignKey("shared.orgs.slug"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(PERSON), index=True)
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey(PERSON))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class InvitationRow(Shared):
    """One-time links for joining an organization, issued by one of its administrators."""

    __tablename__ = "invitations"

    digest: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, server_default=text("uuidv7()"))
    org: Mapped[str] = mapped_column(ForeignKey("shared.orgs.slug"), index=True)
    email: Mapped[str]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey(PERSON))
    roles: Mapped[list[str]]
    services: Mapped[list[str] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ChallengeRow(Shared):
    """Pending challenges (OpenID, passkeys), deleted when they are answered."""

    __tablename__ = "challenges"

    digest: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(PERSON))
    body: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TotpRow(Shared):
    """A time-based second factor; `last_step` is the newest period whose code was used."""

    __tablename__ = "totp"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(PERSON), primary_key=True)
    sealed: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class PasskeyRow(Shared):
    """The public key of a passkey."""

    __tablename__ = "passkeys"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    credential: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PERSON), index=True)
    name: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    used_at: Mapped[datetime | None]


class IdentityRow(Shared):
    """An identity at an OpenID provider: issuer and subject, never an e-mail address."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PERSON), index=True)
    provider: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class ApiKeyRow(Shared):
    """API keys of service accounts, each with its own roles and expiry.

    `created_by` is the person who created the key; None for keys that are older than the column.
    """

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    digest: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PERSON), index=True)
    org: Mapped[str] = mapped_column(ForeignKey("shared.orgs.slug"))
    name: Mapped[str]
    roles: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(PERSON))
