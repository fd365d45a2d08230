"""What a client gets about people. No answer repeats a password, or holds what could sign in twice."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from missions.frozen_model import FrozenModel
from missions.person import Person, Role
from stores.postgres.accounts.invitations import OpenInvitation
from stores.postgres.accounts.members import Member
from stores.postgres.accounts.passkeys import Passkey
from stores.postgres.accounts.people import OwnOrganization
from stores.postgres.accounts.service_accounts import ApiKey, ServiceAccount
from stores.postgres.accounts.sessions import SignedIn


class User(FrozenModel):
    """Somebody who is signed in; `services` null: approves for every service."""

    id: UUID
    email: str
    name: str
    org: str
    roles: tuple[Role, ...]
    services: tuple[str, ...] | None = None
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, person: Person) -> "User":
        """With roles and services in order."""
        return cls(
            id=person.id,
            email=person.email,
            name=person.name,
            org=person.org,
            roles=tuple(sorted(person.roles)),
            services=None if person.services is None else tuple(sorted(person.services)),
            groups=tuple(sorted(person.groups)),
        )


class Session(FrozenModel):
    """The answer to a login or a renewal; `refreshToken` null where a cookie keeps it."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    user: User


class Registered(FrozenModel):
    """A new account, the same for a known address."""

    user: "NewAccount"


class NewAccount(FrozenModel):
    """An account without an organization."""

    id: UUID
    email: str
    name: str


class OwnSession(SignedIn):
    """One of the person's sessions; `current` is the one that asks."""

    current: bool


class OwnSessions(FrozenModel):
    """The person's sessions, newest first."""

    sessions: tuple[OwnSession, ...]


class Users(FrozenModel):
    """One page of the organization's people."""

    users: tuple[Member, ...]
    next_cursor: str | None


class Invitations(FrozenModel):
    """The organization's open invitations."""

    invitations: tuple[OpenInvitation, ...]


class OwnOrganizations(FrozenModel):
    """The organizations that one may sign in to."""

    organizations: tuple[OwnOrganization, ...]


class OwnPasskeys(FrozenModel):
    """The person's passkeys."""

    passkeys: tuple[Passkey, ...]


class CredentialOptions(FrozenModel):
    """What the browser's `navigator.credentials` takes, as its own JSON form."""

    public_key: dict[str, JsonValue]


class SecondFactors(FrozenModel):
    """What signing in needs besides the password."""

    totp: bool


class NewTotp(FrozenModel):
    """A key for an authenticator app (base32), and the address that a QR code holds; told this once."""

    key: str
    url: str


class ServiceAccounts(FrozenModel):
    """The organization's programs."""

    service_accounts: tuple[ServiceAccount, ...]


class NewApiKey(ApiKey):
    """A new key, told this once."""

    key: str


class Providers(FrozenModel):
    """Identity providers by name."""

    providers: tuple[str, ...]


class Address(FrozenModel):
    """Where the browser goes next."""

    url: str


class PasswordLink(FrozenModel):
    """A link that works once, until then; hand it to whom it is for, and nobody else."""

    url: str
    token: str
    expires_at: datetime


class AddedUser(FrozenModel):
    """A new member with the link that lets them in."""

    user: Member
    link: PasswordLink
