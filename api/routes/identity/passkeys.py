from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import JsonValue

from api.access import AccountOwner, From, require_fresh_login
from api.dependencies.identity import PasskeyDependencies
from api.dependencies.injected import Accounts, Authentication, Passkeys, SessionAnswers, Throttle
from api.rate_limits import LoginAttempt, count_passkey_challenge
from api.requests.identity import PasskeyLoginRequest, PasskeyProofRequest, PasskeyRequest
from api.responses.identity import CredentialOptionsResponse, PasskeyListResponse, SessionResponse
from missions.errors import InvalidCredentialsError, NotFoundError
from stores.postgres.accounts.passkeys import Passkey
from stores.secrets import new_secret

router = APIRouter(prefix="/auth/passkeys", tags=["auth"])
REGISTRATION, LOGIN = "passkey", "passkey login"
"""What a stored challenge is for."""


@router.get("")
async def passkeys(person: AccountOwner, passkeys: Passkeys) -> PasskeyListResponse:
    """The person's passkeys, oldest first."""
    return PasskeyListResponse(passkeys=tuple(await passkeys.store.all(person)))


@router.post("/options")
async def registration_options(person: AccountOwner, passkeys: Passkeys) -> CredentialOptionsResponse:
    """The browser's options for a new passkey, valid for ten minutes. Needs a fresh login."""
    require_fresh_login(person)
    challenge = new_secret()
    await passkeys.challenges.ask(REGISTRATION, challenge, {}, person.id)
    credentials = await passkeys.store.credentials(person)
    return CredentialOptionsResponse(
        public_key=passkeys.webauthn.registration_options(person, credentials, challenge)
    )


@router.post("", status_code=201)
async def add(body: PasskeyRequest, person: AccountOwner, passkeys: Passkeys) -> Passkey:
    """Stores the public key of a new passkey. Needs a fresh login."""
    require_fresh_login(person)
    challenge = passkeys.webauthn.challenge_of(body.credential)
    _, challenged_person = await passkeys.challenges.answered(REGISTRATION, challenge)
    if challenged_person != person.id:
        raise InvalidCredentialsError("The challenge was made for another person.")
    made = passkeys.webauthn.verify_registration(body.credential, challenge)
    return await passkeys.store.add(person, made.credential, made.public_key, made.sign_count, body.name)


@router.delete("/{passkey_id}", status_code=204)
async def remove(passkey_id: UUID, person: AccountOwner, passkeys: Passkeys) -> None:
    """Removes a passkey. Needs a fresh login."""
    require_fresh_login(person)
    await passkeys.store.remove(person, passkey_id)


@router.post("/login/options")
async def login_options(caller: From, passkeys: Passkeys, throttle: Throttle) -> CredentialOptionsResponse:
    """The browser's options for a login. The challenge names no account, works once, for ten minutes."""
    await count_passkey_challenge(throttle, caller)
    challenge = new_secret()
    await passkeys.challenges.ask(LOGIN, challenge, {})
    return CredentialOptionsResponse(public_key=passkeys.webauthn.authentication_options(challenge))


@router.post("/login")
async def login(
    body: PasskeyLoginRequest,
    request: Request,
    response: Response,
    caller: From,
    authentication: Authentication,
    accounts: Accounts,
    passkeys: Passkeys,
    throttle: Throttle,
    answers: SessionAnswers,
) -> SessionResponse:
    """Signs in. A passkey verifies its user, so it counts as two factors and needs no code."""
    credential = str(body.credential.get("id"))[:200]
    attempt = await LoginAttempt.begin_passkey(throttle, credential, caller)
    try:
        person_id = await _verified_owner(passkeys, body.credential)
        account = await authentication.people.by_person(person_id, body.org)
    except (InvalidCredentialsError, NotFoundError) as error:
        await attempt.failed()
        await accounts.store.refused("passkey")
        raise InvalidCredentialsError("The passkey is not valid here.") from error
    await attempt.succeeded()
    renewed = await accounts.sessions.open(account, caller, "passkey")
    return answers.hand_over(request, response, renewed, body.keep)


@router.post("/step-up")
async def step_up(
    body: PasskeyProofRequest,
    person: AccountOwner,
    authentication: Authentication,
    accounts: Accounts,
    passkeys: Passkeys,
    answers: SessionAnswers,
) -> SessionResponse:
    """Proves the identity of the signed-in person again. The new access token counts as a fresh login."""
    if await _verified_owner(passkeys, body.credential) != person.id or person.session is None:
        raise InvalidCredentialsError("The passkey belongs to another person.")
    account = await authentication.people.by_id(person.id, person.org)
    return answers.answer(await accounts.sessions.prove(account, person.session, "passkey"))


async def _verified_owner(passkeys: PasskeyDependencies, credential: dict[str, JsonValue]) -> UUID:
    """The person whose passkey signed a challenge of ours. Raises InvalidCredentialsError."""
    challenge = passkeys.webauthn.challenge_of(credential)
    await passkeys.challenges.answered(LOGIN, challenge)
    credential_id = passkeys.webauthn.credential_of(credential)
    key = await passkeys.store.known(credential_id)
    count = passkeys.webauthn.verify_authentication(
        credential, challenge, key.person, key.public_key, key.sign_count
    )
    await passkeys.store.used(credential_id, key.sign_count, count)
    return key.person
