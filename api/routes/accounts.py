from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from api.access import HASHING, AccountOwner, From, Wired
from api.guarding import LoginAttempt, pace_sign_up
from api.refreshing import hand_over, session_of
from api.requests.identity import (
    BootstrapRequest,
    PasswordChangeRequest,
    PasswordResetRequest,
    RegistrationRequest,
)
from api.responses.identity import (
    OwnSession,
    RegisteredAccount,
    RegistrationResponse,
    SessionListResponse,
    SessionResponse,
)
from api.wiring import Wiring
from missions.errors import GoneError, InvalidError, UnauthenticatedError
from missions.password import why_weak
from stores.postgres.accounts.sessions import Renewed

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/bootstrap", status_code=201, dependencies=[HASHING])
async def bootstrap(
    body: BootstrapRequest, request: Request, response: Response, caller: From, wiring: Wired
) -> SessionResponse:
    """Makes the first administrator, with the token that `ops-agent bootstrap` printed; then it is gone."""
    await pace_sign_up(wiring, caller)
    if await wiring.accounts.bootstrapped():  # before a hash is computed for nothing
        raise GoneError("This installation has its administrator.")
    password = await hashed(wiring, body.password, body.email, body.name)
    account = await wiring.accounts.bootstrap(body.token.get_secret_value(), body.email, body.name, password)
    return hand_over(request, response, wiring, await wiring.sessions.open(account, caller, "bootstrap"))


@router.post("/register", status_code=201, dependencies=[HASHING])
async def register(body: RegistrationRequest, caller: From, wiring: Wired) -> RegistrationResponse:
    """An account, which an administrator adds to an organization. The same answer for a known address."""
    await pace_sign_up(wiring, caller)
    password = await hashed(wiring, body.password, body.email, body.name)
    account_id = await wiring.accounts.register(body.email, body.name, password)
    return RegistrationResponse(user=RegisteredAccount(id=account_id, email=body.email, name=body.name))


@router.post("/password", dependencies=[HASHING])
async def change_password(
    body: PasswordChangeRequest, caller: From, person: AccountOwner, wiring: Wired
) -> SessionResponse:
    """Sets a new password. Every other session is over; this one goes on with the new access token."""
    account = await wiring.people.by_id(person.id, person.org)
    attempt = await LoginAttempt.begin(wiring, person.email, caller)
    fits = await wiring.passwords.verify(body.current_password.get_secret_value(), account.password_hash)
    if person.session is None or person.authenticated_at is None or not fits:
        await attempt.failed()
        raise UnauthenticatedError("The current password is wrong.")
    await attempt.succeeded()
    password = await hashed(wiring, body.new_password, person.email, person.name)
    changed = await wiring.accounts.change_password(person, person.session, password)
    return session_of(wiring, Renewed(changed, person.session, person.authenticated_at, ""), None)


@router.post("/password/reset", status_code=204, dependencies=[HASHING])
async def reset_password(body: PasswordResetRequest, caller: From, wiring: Wired) -> None:
    """Sets the password of whom the one-time link is for, and signs them out everywhere."""
    await pace_sign_up(wiring, caller)
    password = await hashed(wiring, body.password)
    await wiring.accounts.reset_password(body.token.get_secret_value(), password)


@router.get("/sessions")
async def sessions(person: AccountOwner, wiring: Wired) -> SessionListResponse:
    """Where the person is signed in, newest first, at most 100."""
    living = await wiring.sessions.living(person)
    return SessionListResponse(
        sessions=tuple(OwnSession(**dict(one), current=one.id == person.session) for one in living)
    )


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, person: AccountOwner, wiring: Wired) -> None:
    """Signs the person out there."""
    await wiring.sessions.end(person, session_id)


async def hashed(wiring: Wiring, password: SecretStr, email: str = "", name: str = "") -> str:
    """The hash of a new password. Raises InvalidError for a weak one."""
    reason = why_weak(password.get_secret_value(), email, name)
    if reason is not None:
        raise InvalidError(reason)
    return await wiring.passwords.hash(password.get_secret_value())
