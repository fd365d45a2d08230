"""What a client may send about people, sessions and credentials. Unknown fields are refused."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, SecretStr, StringConstraints

from api.requests.fields import OrgSlug
from missions.person import GROUP, Role
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


def _some(roles: frozenset[Role]) -> frozenset[Role]:
    if not roles:
        raise ValueError("name at least one role")
    return roles


Roles = Annotated[frozenset[Role], AfterValidator(_some)]
Services = Annotated[frozenset[ServiceName], Field(max_length=100)]


class RefreshTokenPlace(StrEnum):
    """Where a browser keeps its refresh token: `cookie` leaves it out of the answer's body."""

    BODY = "body"
    COOKIE = "cookie"


class LoginRequest(StrictModel):
    """An e-mail address and a password of at most 256 characters; a code where there is a second factor.

    `org` is the slug of the organization to work in: without it the first by name of those one belongs to.
    """

    email: Annotated[str, Field(min_length=3, max_length=254)]
    password: KnownPassword
    code: Code | None = None
    org: OrgSlug | None = None
    keep: RefreshTokenPlace = RefreshTokenPlace.BODY


class RegistrationRequest(StrictModel):
    """A new account; it belongs to no organization until an administrator adds it."""

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
    """The refresh token; a browser leaves it out and sends its cookie."""

    refresh_token: OneTimeToken | None = None


class PasswordChangeRequest(StrictModel):
    """The password of now, and the next one."""

    current_password: KnownPassword
    new_password: NewPassword


class StepUpRequest(StrictModel):
    """What proves once more who somebody is; a code where there is a second factor."""

    password: KnownPassword
    code: Code | None = None


class TotpCodeRequest(StrictModel):
    """A code of the authenticator app."""

    code: Code


class ServiceAccountRequest(StrictModel):
    """A program that works for the organization."""

    name: FullName
    roles: ServiceRoles


class ApiKeyRequest(StrictModel):
    """A key of a service account: what it is for, what it opens, and for how many days."""

    name: FullName
    roles: ServiceRoles
    expires_in_days: Annotated[int, Field(ge=1, le=365)] = 90


class PasskeyRequest(StrictModel):
    """What the browser made (`PublicKeyCredential.toJSON`), and a name for it."""

    name: FullName
    credential: dict[str, JsonValue]


class PasskeyProofRequest(StrictModel):
    """What a passkey signed (`PublicKeyCredential.toJSON`)."""

    credential: dict[str, JsonValue]


class PasskeyLoginRequest(PasskeyProofRequest):
    """As a login by password: `org` is the organization to work in."""

    org: OrgSlug | None = None
    keep: RefreshTokenPlace = RefreshTokenPlace.BODY


class PasswordResetRequest(StrictModel):
    """The token of a one-time link, and the new password."""

    token: OneTimeToken
    password: NewPassword


class UserRequest(StrictModel):
    """Somebody who will belong to the organization; `services` limits what they approve for."""

    email: Email
    name: FullName
    roles: Roles
    services: Services | None = None


class InvitationRequest(StrictModel):
    """Somebody who is asked to join; `services` limits what they approve for."""

    email: Email
    roles: Roles
    services: Services | None = None


class InvitationAcceptanceRequest(StrictModel):
    """The token of an invitation, and a password: one's own, or a new one. The name is a new account's."""

    token: OneTimeToken
    password: KnownPassword
    name: FullName


class UserChangeRequest(StrictModel):
    """What is left out stays; `services` null means every service."""

    roles: Roles | None = None
    services: Services | None = None
    groups: Groups | None = None
    disabled: bool | None = None
