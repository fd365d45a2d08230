from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from api.guarding import network_of, pace
from api.tokens import ACCESS
from api.wiring import Wiring
from missions.caller import Caller
from missions.errors import ForbiddenError, NotFoundError, StepUpError, UnauthenticatedError
from missions.person import Permission, Person
from stores.postgres.accounts.service_accounts import PREFIX

PUBLIC = {
    "/api/auth/bootstrap": "who holds the one-time token, once",
    "/api/auth/register": "an account without an organization: it opens nothing",
    "/api/auth/login": "asks for a password",
    "/api/auth/refresh": "asks for a refresh token",
    "/api/auth/logout": "asks for a refresh token",
    "/api/auth/oauth/providers": "names, for the page to sign in on",
    "/api/auth/oauth/{provider}/start": "sends a browser to the identity provider",
    "/api/auth/oauth/{provider}/callback": "asks for what the identity provider and this browser know",
    "/api/auth/passkeys/login/options": "a question that names nobody",
    "/api/auth/passkeys/login": "asks a passkey to sign",
    "/api/auth/invitations/accept": "asks for an invitation's token, and a password",
    "/api/auth/password/reset": "asks for a one-time token",
    "/api/codec/{ticket}/decode": "asks for a ticket of an administrator",
    "/api/csp-report": "browsers report without credentials",
    "/api/metrics": "asks for METRICS_TOKEN, and serves nothing where there is none",
    "/api/health/live": "says nothing",
    "/api/health/ready": "names what does not answer",
}
"""The routes without a permission, and why; every other one names its deed."""


def wiring_of(request: Request) -> Wiring:
    """What the process wired."""
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(wiring_of)]


def caller_of(request: Request) -> Caller:
    """Where the request came from."""
    address = request.client.host if request.client else ""
    return Caller(address=address, user_agent=request.headers.get("User-Agent", "")[:200])


From = Annotated[Caller, Depends(caller_of)]


async def hashing_place(wiring: Wired) -> AsyncIterator[None]:
    """A place where passwords are hashed, for the whole request: 503 at once where all are taken."""
    with wiring.passwords.place():
        yield


HASHING = Depends(hashing_place)
"""Of each route that hashes a password; before anything else is done for it."""


async def signed_in(wiring: Wiring, token: str, kind: str = ACCESS) -> Person:
    """Who holds this token, with the roles of now. Raises UnauthenticatedError."""
    claims = wiring.tokens.read(token, kind)
    try:
        person = await wiring.people.by_session(claims.session, claims.version)
    except NotFoundError as error:
        raise UnauthenticatedError("Invalid token") from error
    if person.id != claims.person or person.org != claims.org:
        raise UnauthenticatedError("Invalid token")
    return person.model_copy(update={"authenticated_at": claims.authenticated_at, "session": claims.session})


def bearer_of(request: Request) -> str:
    """The access token of the Authorization header. Raises UnauthenticatedError."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("Authentication required")
    return token.strip()


async def who(request: Request, wiring: Wiring) -> Person:
    """Who asks: by an access token, or by a service account's key. Raises UnauthenticatedError."""
    key = request.headers.get("X-API-Key") or bearer_of(request)
    if key.startswith(PREFIX):
        return await wiring.service_accounts.by_key(key)
    return await signed_in(wiring, key)


def freshly_proved(person: Person) -> None:
    """Raises StepUpError where the person proved who they are more than 5 minutes ago."""
    if not person.has_fresh_login(datetime.now(UTC)):
        raise StepUpError


class Allowed:
    """The dependency that every route names: signed in, and one of the roles allows the deed."""

    def __init__(self, deed: Permission) -> None:
        self.deed = deed

    async def __call__(self, request: Request, wiring: Wired) -> Person:
        """The person. Raises UnauthenticatedError, ForbiddenError."""
        try:
            person = await who(request, wiring)
        except UnauthenticatedError:
            await pace(request, wiring, network_of(request.client.host if request.client else ""))
            raise
        request.state.person = person  # a refusal tells who it was
        await pace(request, wiring, str(person.id))
        if not person.may(self.deed):
            raise ForbiddenError(f"It needs a role that may {self.deed}.")
        return person


def allowed(deed: Permission) -> Callable[[Request, Wiring], Awaitable[Person]]:
    """Who may do this deed, and nobody else."""
    return Allowed(deed)


Starter = Annotated[Person, Depends(allowed(Permission.START_MISSION))]
Reader = Annotated[Person, Depends(allowed(Permission.READ_OWN_MISSIONS))]
Steerer = Annotated[Person, Depends(allowed(Permission.STEER_MISSION))]
Decider = Annotated[Person, Depends(allowed(Permission.DECIDE_APPROVAL))]
Announcing = Annotated[Person, Depends(allowed(Permission.ANNOUNCE))]
TemplateReader = Annotated[Person, Depends(allowed(Permission.READ_TEMPLATES))]
TemplateWriter = Annotated[Person, Depends(allowed(Permission.WRITE_TEMPLATES))]
DashboardReader = Annotated[Person, Depends(allowed(Permission.READ_DASHBOARDS))]
AuditReader = Annotated[Person, Depends(allowed(Permission.READ_AUDIT))]
PolicyReader = Annotated[Person, Depends(allowed(Permission.READ_POLICY))]
PayloadReader = Annotated[Person, Depends(allowed(Permission.READ_PAYLOADS))]
OrgAdministrator = Annotated[Person, Depends(allowed(Permission.ADMINISTER_ORGS))]
DashboardWriter = Annotated[Person, Depends(allowed(Permission.WRITE_DASHBOARDS))]
AccountReader = Annotated[Person, Depends(allowed(Permission.READ_OWN_ACCOUNT))]
AccountOwner = Annotated[Person, Depends(allowed(Permission.CHANGE_OWN_ACCOUNT))]
Administrator = Annotated[Person, Depends(allowed(Permission.ADMINISTER_USERS))]
