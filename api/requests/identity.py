"""What a client may send about people, sessions and credentials. Unknown fields are refused."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, SecretStr, StringConstraints

from api.requests.fields import LocalPath, OrgSlug
from missions.permissions import Role
from missions.person import GROUP
from missions.strict_model import StrictModel

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^\s@\x00]{1,64}@[^\s@\x00]{1,190}$"
    ),
]
FullName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
OneTimeToken = Annotated[SecretStr, Field(min_length=1, max_length=200)]
KnownPassword = Annotated[SecretStr, Field(min_length=1, max_length=256)]
NewPassword = Annotated[SecretStr, Field(min_length=12, max_length=256)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
ServiceRole = Literal[Role.VIEWER, Role.OPERATOR, Role.AUDITOR]
ServiceRoles = Annotated[frozenset[ServiceRole], Field(min_length=1)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
Groups = Annotated[frozenset[Annotated[str, StringConstraints(pattern=GROUP)]], Field(max_length=100)]


def _not_empty(roles: frozenset[Role]) -> frozenset[Role]:
    if not roles:
        raise ValueError("name at least one role")
    return roles


Roles = Annotated[frozenset[Role], AfterValidator(_not_empty)]
Services = Annotated[frozenset[ServiceName], Field(max_length=100)]


class RefreshTokenPlace(StrEnum):
    """Where the refresh token goes: `cookie` leaves it out of the answer's body."""

    BODY = "body"
    COOKIE = "cookie"


class LoginRequest(StrictModel):
    """An e-mail address and a password; with a second factor also a code.

    `org` is the slug of the organization to sign in to; by default the person's first one by name.
    """

    email: Annotated[str, Field(min_length=3, max_length=254)]
    password: KnownPassword
    code: Code | None = None
    org: OrgSlug | None = None
    keep: RefreshTokenPlace = RefreshTokenPlace.BODY


class RegistrationRequest(StrictModel):
    """A new account. It has no organization until an administrator adds it to one."""

    email: Email
    password: NewPassword
    name: FullName


class BootstrapRequest(StrictModel):
    """The first administrator, with the token that `ops-agent bootstrap` printed."""

    token: OneTimeToken
    email: Email
    password: NewPassword
    name: FullName


class RefreshRequest(StrictModel):
    """The refresh token; a browser sends its cookie instead."""

    refresh_token: OneTimeToken | None = None


class PasswordChangeRequest(StrictModel):
    """The current password and the new one."""

    current_password: KnownPassword
    new_password: NewPassword


class StepUpRequest(StrictModel):
    """A new proof of identity: the password; with a second factor also a code."""

    password: KnownPassword
    code: Code | None = None


class ProviderStepUpRequest(StrictModel):
    """A new proof of identity at a provider; `next` is the path of this site to which the browser returns."""

    next: LocalPath = "/"


class TotpCodeRequest(StrictModel):
    """A code of the authenticator app."""

    code: Code


class ServiceAccountRequest(StrictModel):
    """A new service account."""

    name: FullName
    roles: ServiceRoles


class ApiKeyRequest(StrictModel):
    """A new API key: its purpose, its roles, and its lifetime in days."""

    name: FullName
    roles: ServiceRoles
    expires_in_days: Annotated[int, Field(ge=1, le=365)] = 90


class PasskeyRequest(StrictModel):
    """The browser's new credential (`PublicKeyCredential.toJSON`), and its name."""

    name: FullName
    credential: dict[str, JsonValue]


class PasskeyProofRequest(StrictModel):
    """The browser's signed challenge (`PublicKeyCredential.toJSON`)."""

    credential: dict[str, JsonValue]


class PasskeyLoginRequest(PasskeyProofRequest):
    """A login with a passkey; `org` and `keep` as in LoginRequest."""

    org: OrgSlug | None = None
    keep: RefreshTokenPlace = RefreshTokenPlace.BODY


class PasswordResetRequest(StrictModel):
    """The token of a one-time link, and the new password.

    `revoke_other_factors` also removes passkeys, identities at providers and the authenticator app. By
    default they stay: a person who only forgot the password still has them.
    """

    token: OneTimeToken
    password: NewPassword
    revoke_other_factors: bool = False


class UserRequest(StrictModel):
    """A new person of the organization; `services` limits what they may approve for."""

    email: Email
    name: FullName
    roles: Roles
    services: Services | None = None


class InvitationRequest(StrictModel):
    """An invitation to the organization; `services` limits what the person may approve for."""

    email: Email
    roles: Roles
    services: Services | None = None


class InvitationAcceptanceRequest(StrictModel):
    """An invitation's token and the account's password; for a new account its password and name."""

    token: OneTimeToken
    password: KnownPassword
    name: FullName


class UserChangeRequest(StrictModel):
    """Omitted fields stay; `services` null means every service."""

    roles: Roles | None = None
    services: Services | None = None
    groups: Groups | None = None
    disabled: bool | None = None
