from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.access import HASHING, AccountOwner, AccountReader, From, Wired
from api.guarding import LoginAttempt
from api.refreshing import forget, hand_over, session_of, token_of
from api.requests.identity import LoginRequest, RefreshRequest, StepUpRequest
from api.responses.identity import OwnOrganizationListResponse, SessionResponse, User
from api.wiring import Wiring
from missions.announcement import Notification, Occasion
from missions.errors import SecondFactorError, UnauthenticatedError
from missions.person import Person
from stores.postgres.accounts.sessions import ReusedError
from stores.sockets import person_room

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", dependencies=[HASHING])
async def login(
    body: LoginRequest, request: Request, response: Response, caller: From, wiring: Wired
) -> SessionResponse:
    """Signs in. An unknown person and a wrong password cost and answer the same."""
    attempt = await LoginAttempt.begin(wiring, body.email, caller)
    account = await wiring.people.by_email(body.email, body.org)
    stored = account.password_hash if account else None
    fits = await wiring.passwords.verify(body.password.get_secret_value(), stored)
    if account is None or not fits:
        await attempt.failed()
        await wiring.accounts.refused(body.email)
        raise UnauthenticatedError("E-mail address or password is wrong.")
    how = await _with_code(wiring, account.person, body.code, attempt)
    renewed = await wiring.sessions.open(account, caller, how)
    return hand_over(request, response, wiring, renewed, body.keep)


@router.post("/refresh")
async def refresh(
    request: Request, response: Response, caller: From, wiring: Wired, body: RefreshRequest | None = None
) -> SessionResponse:
    """A new access token and the next refresh token, for the one in the body or in the browser's cookie.

    A refresh token works once. One that comes again later was stolen, or its successor was: the session ends.
    """
    token, keep = token_of(request, wiring, body)
    try:
        renewed = await wiring.sessions.renew(token, caller)
    except ReusedError as error:
        told = Notification(
            kind=Occasion.SESSION_REUSED,
            title="One of your sessions was ended",
            text="Its refresh token was used twice: somebody may have copied it. Change your password.",
            at=datetime.now(UTC),
        )
        content = told.model_dump(mode="json", by_alias=True)
        await wiring.announcer.emit("notification", content, person_room(error.person.id))
        raise
    return hand_over(request, response, wiring, renewed, keep)


@router.post("/step-up", dependencies=[HASHING])
async def step_up(body: StepUpRequest, caller: From, person: AccountOwner, wiring: Wired) -> SessionResponse:
    """Proves once more who is signed in; the new access token may do what needs a fresh proof."""
    account = await wiring.people.by_id(person.id, person.org)
    attempt = await LoginAttempt.begin(wiring, person.email, caller)
    fits = await wiring.passwords.verify(body.password.get_secret_value(), account.password_hash)
    if person.session is None or not fits:
        await attempt.failed()
        raise UnauthenticatedError("The password is wrong.")
    how = await _with_code(wiring, person, body.code, attempt)
    return session_of(wiring, await wiring.sessions.prove(account, person.session, how), None)


@router.post("/logout", status_code=204)
async def logout(
    request: Request, response: Response, wiring: Wired, body: RefreshRequest | None = None
) -> None:
    """Ends the session of the refresh token, in the body or in the browser's cookie."""
    token, _ = token_of(request, wiring, body)
    forget(response, wiring)
    await wiring.sessions.end_by_token(token)


@router.post("/logout/everywhere", status_code=204)
async def logout_everywhere(response: Response, person: AccountOwner, wiring: Wired) -> None:
    """Ends every session of the person, this one too."""
    await wiring.sessions.end_all(person, person.email)
    forget(response, wiring)


@router.get("/organizations")
async def organizations(person: AccountReader, wiring: Wired) -> OwnOrganizationListResponse:
    """Those that one belongs to and may sign in to, by slug."""
    return OwnOrganizationListResponse(organizations=tuple(await wiring.people.organizations(person.id)))


@router.get("/me")
async def me(person: AccountReader) -> User:
    """Who is signed in."""
    return User.of(person)


async def _with_code(wiring: Wiring, person: Person, code: str | None, attempt: LoginAttempt) -> str:
    """How the person proved who they are, once the password is right. Raises UnauthenticatedError."""
    how = "password"
    if await wiring.second_factors.enrolled(person.id):
        if code is None:
            raise SecondFactorError
        if not await wiring.second_factors.verify(person.id, code):
            await attempt.failed()
            raise UnauthenticatedError("The code is wrong, or was used.")
        how = "password and code"
    await attempt.succeeded()
    return how
