from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.access import HASHING, AccountOwner, AccountReader, From
from api.dependencies.identity import AccountDependencies
from api.dependencies.injected import Accounts, Authentication, SessionAnswers, Throttle, Updates
from api.rate_limits import LoginAttempt
from api.requests.identity import LoginRequest, RefreshRequest, StepUpRequest
from api.responses.identity import OwnOrganizationListResponse, SessionResponse, User
from missions.announcement import Notification, Occasion
from missions.errors import InvalidCredentialsError, SecondFactorError
from missions.person import Person
from stores.postgres.accounts.sessions import ReusedError
from stores.sockets import person_room

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", dependencies=[HASHING])
async def login(
    body: LoginRequest,
    request: Request,
    response: Response,
    caller: From,
    authentication: Authentication,
    accounts: Accounts,
    throttle: Throttle,
    answers: SessionAnswers,
) -> SessionResponse:
    """Signs in. An unknown person and a wrong password take the same time and get the same answer."""
    attempt = await LoginAttempt.begin(throttle, body.email, caller)
    account = await authentication.people.by_email(body.email, body.org)
    stored = account.password_hash if account else None
    matches = await accounts.passwords.verify(body.password.get_secret_value(), stored)
    if account is None or not matches:
        await attempt.failed()
        await accounts.store.refused(body.email)
        raise InvalidCredentialsError("E-mail address or password is wrong.")
    method = await _check_code(accounts, account.person, body.code, attempt)
    renewed = await accounts.sessions.open(account, caller, method)
    return answers.hand_over(request, response, renewed, body.keep)


@router.post("/refresh")
async def refresh(
    request: Request,
    response: Response,
    caller: From,
    authentication: Authentication,
    accounts: Accounts,
    updates: Updates,
    answers: SessionAnswers,
    body: RefreshRequest | None = None,
) -> SessionResponse:
    """A new access token and the next refresh token, for the one in the body or in the browser's cookie.

    A refresh token works once. Using it again ends the session, because it or its successor was stolen.
    """
    token, place = answers.token_of(request, body)
    try:
        renewed = await accounts.sessions.renew(token, caller)
    except ReusedError as error:
        notification = Notification(
            kind=Occasion.SESSION_REUSED,
            title="One of your sessions was ended",
            text="Its refresh token was used twice: somebody may have copied it. Change your password.",
            at=datetime.now(UTC),
        )
        content = notification.model_dump(mode="json", by_alias=True)
        for organization in await authentication.people.organizations(error.person.id):
            room = person_room(organization.slug, error.person.id)
            await updates.announcer.emit("notification", content, room)
        raise
    return answers.hand_over(request, response, renewed, place)


@router.post("/step-up", dependencies=[HASHING])
async def step_up(
    body: StepUpRequest,
    caller: From,
    person: AccountOwner,
    authentication: Authentication,
    accounts: Accounts,
    throttle: Throttle,
    answers: SessionAnswers,
) -> SessionResponse:
    """Proves the identity of the signed-in person again. The new access token counts as a fresh login."""
    account = await authentication.people.by_id(person.id, person.org)
    attempt = await LoginAttempt.begin_again(throttle, person, caller)
    matches = await accounts.passwords.verify(body.password.get_secret_value(), account.password_hash)
    if person.session is None or not matches:
        await attempt.failed()
        raise InvalidCredentialsError("The password is wrong.")
    method = await _check_code(accounts, person, body.code, attempt)
    return answers.answer(await accounts.sessions.prove(account, person.session, method))


@router.post("/logout", status_code=204)
async def logout(
    request: Request,
    response: Response,
    accounts: Accounts,
    answers: SessionAnswers,
    body: RefreshRequest | None = None,
) -> None:
    """Ends the session of the refresh token, in the body or in the browser's cookie."""
    token, _ = answers.token_of(request, body)
    answers.delete_cookie(response)
    await accounts.sessions.end_by_token(token)


@router.post("/logout/everywhere", status_code=204)
async def logout_everywhere(
    response: Response, person: AccountOwner, accounts: Accounts, answers: SessionAnswers
) -> None:
    """Ends every session of the person, including this one."""
    await accounts.sessions.end_all(person, person.email)
    answers.delete_cookie(response)


@router.get("/organizations")
async def organizations(person: AccountReader, authentication: Authentication) -> OwnOrganizationListResponse:
    """The organizations that the person can sign in to, by slug."""
    organizations = await authentication.people.organizations(person.id)
    return OwnOrganizationListResponse(organizations=tuple(organizations))


@router.get("/me")
async def me(person: AccountReader) -> User:
    """The signed-in person."""
    return User.of(person)


async def _check_code(
    accounts: AccountDependencies, person: Person, code: str | None, attempt: LoginAttempt
) -> str:
    """Ends the attempt once the password is right; returns how the identity was proved.

    Raises SecondFactorError without a required code, and InvalidCredentialsError for a wrong one.
    """
    method = "password"
    if await accounts.second_factors.enrolled(person.id):
        if code is None:
            raise SecondFactorError
        if not await accounts.second_factors.verify(person.id, code):
            await attempt.failed()
            raise InvalidCredentialsError("The code is wrong, or was used.")
        method = "password and code"
    await attempt.succeeded()
    return method
