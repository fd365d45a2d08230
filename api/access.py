"""Which person sends a request, and whether they may."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from api.dependencies.container import ApiDependencies
from api.dependencies.identity import AuthenticationDependencies
from api.dependencies.injected import Accounts, Authentication
from api.rate_limits import Authenticates, client_of, count_request
from api.tokens import ACCESS
from missions.caller import Caller
from missions.errors import ForbiddenError, NotFoundError, StepUpError, UnauthenticatedError
from missions.permissions import Permission
from missions.person import Person
from stores.postgres.accounts.service_accounts import PREFIX

PUBLIC = {
    "/api/auth/bootstrap": "needs the one-time token of the installation",
    "/api/auth/register": "creates an account without an organization, which grants nothing",
    "/api/auth/login": "needs a password",
    "/api/auth/refresh": "needs a refresh token",
    "/api/auth/logout": "needs a refresh token",
    "/api/auth/oauth/providers": "names for the sign-in page",
    "/api/auth/oauth/{provider}/start": "redirects a browser to the identity provider",
    "/api/auth/oauth/{provider}/callback": "needs secrets of the identity provider and of this browser",
    "/api/auth/passkeys/login/options": "a challenge that names no account",
    "/api/auth/passkeys/login": "needs a passkey's signature",
    "/api/auth/invitations/accept": "needs an invitation's token and a password",
    "/api/auth/password/reset": "needs a one-time token",
    "/api/codec/{ticket}/decode": "needs an administrator's ticket",
    "/api/csp-report": "browsers report without credentials",
    "/api/metrics": "needs METRICS_TOKEN, and is a 404 without that setting",
    "/api/health/live": "contains nothing",
    "/api/health/ready": "contains the names of unreachable services",
}
"""The routes without a permission, and why. Every other route requires one."""


def caller_of(request: Request) -> Caller:
    """The address, the program and the known browser that sent the request."""
    return Caller(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("User-Agent", "")[:200],
        device=ApiDependencies.of_app(request.app).devices.read(request),
    )


From = Annotated[Caller, Depends(caller_of)]


async def hashing_place(accounts: Accounts) -> AsyncIterator[None]:
    """Reserves a place for hashing for the whole request. Raises UnavailableError when all are taken."""
    with accounts.passwords.place():
        yield


HASHING = Depends(hashing_place)
"""For each route that hashes a password. It runs before everything else of the route."""


async def signed_in(authentication: AuthenticationDependencies, token: str, kind: str = ACCESS) -> Person:
    """The person of this token, with the roles they have now. Raises UnauthenticatedError."""
    claims = authentication.tokens.read(token, kind)
    try:
        person = await authentication.people.by_session(claims.session, claims.version)
    except NotFoundError as error:
        raise UnauthenticatedError("Invalid token") from error
    if person.id != claims.person or person.org != claims.org:
        raise UnauthenticatedError("Invalid token")
    return person.model_copy(update={"authenticated_at": claims.authenticated_at, "session": claims.session})


def bearer_of(request: Request) -> str:
    """The token of the Authorization header. Raises UnauthenticatedError."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("Authentication required")
    return token.strip()


async def authenticate(request: Request, authentication: AuthenticationDependencies) -> Person:
    """The person of the access token, or the service account of the API key. Raises UnauthenticatedError."""
    key = request.headers.get("X-API-Key") or bearer_of(request)
    if key.startswith(PREFIX):
        return await authentication.service_accounts.by_key(key)
    return await signed_in(authentication, key)


def require_fresh_login(person: Person) -> None:
    """Raises StepUpError if the person's last proof of identity is older than five minutes."""
    if not person.has_fresh_login(datetime.now(UTC)):
        raise StepUpError


class Allowed(Authenticates):
    """The dependency that a route names: a signed-in person whose roles grant the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request, authentication: Authentication) -> Person:
        """The person. Raises UnauthenticatedError, TooManyRequestsError and ForbiddenError."""
        try:
            person = await authenticate(request, authentication)
        except UnauthenticatedError:
            await count_request(request, client_of(request))
            raise
        request.state.person = person  # a refusal is audited with their name
        await count_request(request, str(person.id))
        if not person.may(self.permission):
            raise ForbiddenError(f"It needs a role that may {self.permission}.")
        return person


Starter = Annotated[Person, Depends(Allowed(Permission.START_MISSION))]
Reader = Annotated[Person, Depends(Allowed(Permission.READ_OWN_MISSIONS))]
Steerer = Annotated[Person, Depends(Allowed(Permission.STEER_MISSION))]
Decider = Annotated[Person, Depends(Allowed(Permission.DECIDE_APPROVAL))]
Announcing = Annotated[Person, Depends(Allowed(Permission.ANNOUNCE))]
TemplateReader = Annotated[Person, Depends(Allowed(Permission.READ_TEMPLATES))]
TemplateWriter = Annotated[Person, Depends(Allowed(Permission.WRITE_TEMPLATES))]
DashboardReader = Annotated[Person, Depends(Allowed(Permission.READ_DASHBOARDS))]
AuditReader = Annotated[Person, Depends(Allowed(Permission.READ_AUDIT))]
PolicyReader = Annotated[Person, Depends(Allowed(Permission.READ_POLICY))]
PayloadReader = Annotated[Person, Depends(Allowed(Permission.READ_PAYLOADS))]
OrgAdministrator = Annotated[Person, Depends(Allowed(Permission.ADMINISTER_ORGS))]
DashboardWriter = Annotated[Person, Depends(Allowed(Permission.WRITE_DASHBOARDS))]
AccountReader = Annotated[Person, Depends(Allowed(Permission.READ_OWN_ACCOUNT))]
AccountOwner = Annotated[Person, Depends(Allowed(Permission.CHANGE_OWN_ACCOUNT))]
Administrator = Annotated[Person, Depends(Allowed(Permission.ADMINISTER_USERS))]
