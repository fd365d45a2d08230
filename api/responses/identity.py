"""What the API answers about people, sessions and credentials. No answer contains a password."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from missions.frozen_model import FrozenModel
from missions.permissions import Permission, Role
from missions.person import Person
from stores.postgres.accounts.invitations import OpenInvitation
from stores.postgres.accounts.members import Member
from stores.postgres.accounts.passkeys import Passkey
from stores.postgres.accounts.people import OwnOrganization
from stores.postgres.accounts.service_accounts import ApiKey, ServiceAccount
from stores.postgres.accounts.sessions import SignedIn


class User(FrozenModel):
    """The signed-in person; `services` null: approves for every service. `roles` grant `permissions`."""

    id: UUID
    email: str
    name: str
    org: str
    roles: tuple[Role, ...]
    services: tuple[str, ...] | None = None
    groups: tuple[str, ...] = ()
    permissions: tuple[Permission, ...]

    @classmethod
    def of(cls, person: Person) -> "User":
        """The answer about this person, every list sorted."""
        return cls(
            id=person.id,
            email=person.email,
            name=person.name,
            org=person.org,
            roles=tuple(sorted(person.roles)),
            services=None if person.services is None else tuple(sorted(person.services)),
            groups=tuple(sorted(person.groups)),
            permissions=tuple(sorted(person.permissions)),
        )


class SessionResponse(FrozenModel):
    """The answer to a login or a renewal; `refreshToken` is null if only the cookie has it."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    user: User


class RegistrationResponse(FrozenModel):
    """A new account, the same for a known address."""

    user: "RegisteredAccount"


class RegisteredAccount(FrozenModel):
    """An account without an organization."""

    id: UUID
    email: str
    name: str


class OwnSession(SignedIn):
    """One of the person's sessions; `current` marks the session of this request."""

    current: bool


class SessionListResponse(FrozenModel):
    """The person's sessions, newest first."""

    sessions: tuple[OwnSession, ...]


class UserListResponse(FrozenModel):
    """One page of the organization's people."""

    users: tuple[Member, ...]
    next_cursor: str | None


class InvitationListResponse(FrozenModel):
    """The organization's open invitations."""

    invitations: tuple[OpenInvitation, ...]


class OwnOrganizationListResponse(FrozenModel):
    """The organizations that the person can sign in to."""

    organizations: tuple[OwnOrganization, ...]


class PasskeyListResponse(FrozenModel):
    """The person's passkeys."""

    passkeys: tuple[Passkey, ...]


class CredentialOptionsResponse(FrozenModel):
    """The options of the browser's `navigator.credentials`, in its JSON form."""

    public_key: dict[str, JsonValue]


class SecondFactorsResponse(FrozenModel):
    """The second factors that a login needs."""

    totp: bool


class TotpKeyResponse(FrozenModel):
    """A key for an authenticator app (base32), and its address for a QR code. Shown once."""

    key: str
    url: str


class ServiceAccountListResponse(FrozenModel):
    """The organization's service accounts."""

    service_accounts: tuple[ServiceAccount, ...]


class ApiKeyResponse(ApiKey):
    """A new key, shown once."""

    key: str


class ProviderListResponse(FrozenModel):
    """Names of identity providers."""

    providers: tuple[str, ...]


class ProviderUrlResponse(FrozenModel):
    """The address to which the browser goes next."""

    url: str


class PasswordLinkResponse(FrozenModel):
    """A link that works once, until `expiresAt`. Give it only to the person it was made for."""

    url: str
    token: str
    expires_at: datetime


class AddedUserResponse(FrozenModel):
    """A new member, with a link for their first password."""

    user: Member
    link: PasswordLinkResponse
