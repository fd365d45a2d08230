from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from api.wiring import Wiring
from missions.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from missions.person import Deed, Person


def wiring_of(request: Request) -> Wiring:
    """What the process wired."""
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(wiring_of)]


async def signed_in(wiring: Wiring, token: str) -> Person:
    """Who holds this access token, with the roles of now. Raises UnauthenticatedError."""
    claims = wiring.tokens.read(token)
    try:
        person = await wiring.people.by_session(claims.session, claims.version)
    except NotFoundError as error:
        raise UnauthenticatedError("Invalid token") from error
    if person.id != claims.person or person.org != claims.org:
        raise UnauthenticatedError("Invalid token")
    return person


def allowed(deed: Deed) -> Callable[[Request, Wiring], Awaitable[Person]]:
    """The dependency that every route names: signed in, and one of the roles allows the deed."""

    async def check(request: Request, wiring: Wired) -> Person:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthenticatedError("Authentication required")
        person = await signed_in(wiring, token.strip())
        if not person.may(deed):
            raise ForbiddenError(f"It needs a role that may {deed}.")
        return person

    return check


Starter = Annotated[Person, Depends(allowed(Deed.START_MISSION))]
Reader = Annotated[Person, Depends(allowed(Deed.READ_OWN_MISSIONS))]
Decider = Annotated[Person, Depends(allowed(Deed.DECIDE_APPROVAL))]
Announcing = Annotated[Person, Depends(allowed(Deed.ANNOUNCE))]
DashboardReader = Annotated[Person, Depends(allowed(Deed.READ_DASHBOARDS))]
DashboardWriter = Annotated[Person, Depends(allowed(Deed.WRITE_DASHBOARDS))]
