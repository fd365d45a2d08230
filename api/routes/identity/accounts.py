from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from api.access import HASHING, AccountOwner, From
from api.dependencies.identity import AccountDependencies
from api.dependencies.injected import Accounts, Authentication, SessionAnswers, Throttle
from api.rate_limits import LoginAttempt, count_sign_up
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
from missions.errors import GoneError, InvalidCredentialsError, InvalidError
from missions.password import why_weak
from stores.postgres.accounts.factors import Factors
from stores.postgres.accounts.sessions import Renewed

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/bootstrap", status_code=201, dependencies=[HASHING])
async def bootstrap(
    body: BootstrapRequest,
    request: Request,
    response: Response,
    caller: From,
    accounts: Accounts,
    throttle: Throttle,
    answers: SessionAnswers,
) -> SessionResponse:
    """Creates the first administrator with the token that `ops-agent bootstrap` printed. Works once."""
    await count_sign_up(throttle, caller)
    if await accounts.store.bootstrapped():  # before a hash is computed in vain
        raise GoneError("This installation has its administrator.")
    password = await hash_new_password(accounts, body.password, body.email, body.name)
    account = await accounts.store.bootstrap(body.token.get_secret_value(), body.email, body.name, password)
    renewed = await accounts.sessions.open(account, caller, "bootstrap")
    return answers.hand_over(request, response, renewed)


@router.post("/register", status_code=201, dependencies=[HASHING])
async def register(
    body: RegistrationRequest, caller: From, accounts: Accounts, throttle: Throttle
) -> RegistrationResponse:
    """Creates an account for an administrator to add. A known address gets the same answer."""
    await count_sign_up(throttle, caller)
    password = await hash_new_password(accounts, body.password, body.email, body.name)
    account_id = await accounts.store.register(body.email, body.name, password)
    return RegistrationResponse(user=RegisteredAccount(id=account_id, email=body.email, name=body.name))


@router.post("/password", dependencies=[HASHING])
async def change_password(
    body: PasswordChangeRequest,
    caller: From,
    person: AccountOwner,
    authentication: Authentication,
    accounts: Accounts,
    throttle: Throttle,
    answers: SessionAnswers,
) -> SessionResponse:
    """Sets a new password and ends every other session. This one continues with the new access token."""
    account = await authentication.people.by_id(person.id, person.org)
    attempt = await LoginAttempt.begin_again(throttle, person, caller)
    matches = await accounts.passwords.verify(body.current_password.get_secret_value(), account.password_hash)
    if person.session is None or person.authenticated_at is None or not matches:
        await attempt.failed()
        raise InvalidCredentialsError("The current password is wrong.")
    await attempt.succeeded()
    password = await hash_new_password(accounts, body.new_password, person.email, person.name)
    changed = await accounts.store.change_password(person, person.session, password)
    return answers.answer(Renewed(changed, person.session, person.authenticated_at, ""))


@router.post("/password/reset", status_code=204, dependencies=[HASHING])
async def reset_password(
    body: PasswordResetRequest, caller: From, accounts: Accounts, throttle: Throttle
) -> None:
    """Sets the password of the one-time link's person and ends all their sessions.

    `revokeOtherFactors` also removes their passkeys, identities at providers and authenticator app: for a
    person who lost them, or does not know who has them.
    """
    await count_sign_up(throttle, caller)
    password = await hash_new_password(accounts, body.password)
    await accounts.store.reset_password(
        body.token.get_secret_value(), password, revoke_other_factors=body.revoke_other_factors
    )


@router.get("/factors")
async def factors(person: AccountOwner, accounts: Accounts) -> Factors:
    """What the signed-in person can prove their identity with, for example in a step-up."""
    return await accounts.factors.of_person(person)


@router.get("/sessions")
async def sessions(person: AccountOwner, accounts: Accounts) -> SessionListResponse:
    """The person's open sessions, newest first, at most 100."""
    open_sessions = await accounts.sessions.living(person)
    return SessionListResponse(
        sessions=tuple(
            OwnSession(**dict(session), current=session.id == person.session) for session in open_sessions
        )
    )


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, person: AccountOwner, accounts: Accounts) -> None:
    """Ends one session of the person."""
    await accounts.sessions.end(person, session_id)


async def hash_new_password(
    accounts: AccountDependencies, password: SecretStr, email: str = "", name: str = ""
) -> str:
    """The hash of a new password. Raises InvalidError for a weak one."""
    reason = why_weak(password.get_secret_value(), email, name)
    if reason is not None:
        raise InvalidError(reason)
    return await accounts.passwords.hash(password.get_secret_value())
