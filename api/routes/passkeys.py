from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import JsonValue

from adapters.identities.passkeys import Json
from api.access import AccountOwner, From, Wired, freshly_proved
from api.guarding import LoginAttempt, pace_passkey
from api.refreshing import hand_over, session_of
from api.requests.identity import PasskeyLoginRequest, PasskeyProofRequest, PasskeyRequest
from api.responses.identity import CredentialOptionsResponse, PasskeyListResponse, SessionResponse
from api.wiring import Wiring
from missions.errors import NotFoundError, UnauthenticatedError
from stores.postgres.accounts.passkeys import Passkey
from stores.secrets import new_secret

router = APIRouter(prefix="/auth/passkeys", tags=["auth"])
MAKE, PROVE = "passkey", "passkey login"


@router.get("")
async def every(person: AccountOwner, wiring: Wired) -> PasskeyListResponse:
    """The person's passkeys, oldest first."""
    return PasskeyListResponse(passkeys=tuple(await wiring.passkeys.all(person)))


@router.post("/options")
async def to_make(person: AccountOwner, wiring: Wired) -> CredentialOptionsResponse:
    """What the browser makes a passkey from; good for ten minutes. Needs a fresh login."""
    freshly_proved(person)
    challenge = new_secret()
    await wiring.identities.ask(MAKE, challenge, {}, person.id)
    known = await wiring.passkeys.credentials(person)
    return CredentialOptionsResponse(
        public_key=wiring.webauthn.registration_options(person, known, challenge)
    )


@router.post("", status_code=201)
async def add(body: PasskeyRequest, person: AccountOwner, wiring: Wired) -> Passkey:
    """Keeps the public half of what the browser made. Needs a fresh login."""
    freshly_proved(person)
    challenge = wiring.webauthn.challenge_of(body.credential)
    _, asked = await wiring.identities.answered(MAKE, challenge)
    if asked != person.id:
        raise UnauthenticatedError("Somebody else was asked.")
    made = wiring.webauthn.verify_registration(body.credential, challenge)
    return await wiring.passkeys.add(person, made.credential, made.public_key, made.sign_count, body.name)


@router.delete("/{passkey_id}", status_code=204)
async def remove(passkey_id: UUID, person: AccountOwner, wiring: Wired) -> None:
    """It signs in nobody any more. Needs a fresh login."""
    freshly_proved(person)
    await wiring.passkeys.remove(person, passkey_id)


@router.post("/login/options")
async def to_sign_in(caller: From, wiring: Wired) -> CredentialOptionsResponse:
    """What the browser asks a passkey to sign; it names nobody, and is good once, for ten minutes."""
    await pace_passkey(wiring, caller)
    challenge = new_secret()
    await wiring.identities.ask(PROVE, challenge, {})
    return CredentialOptionsResponse(public_key=wiring.webauthn.authentication_options(challenge))


@router.post("/login")
async def login(
    body: PasskeyLoginRequest, request: Request, response: Response, caller: From, wiring: Wired
) -> SessionResponse:
    """Signs in. A passkey is two factors by itself: it asks for its owner, so no code is needed."""
    attempt = await LoginAttempt.begin(wiring, f"passkey {body.credential.get('id')}"[:200], caller)
    try:
        account = await wiring.people.by_person(await _owner(wiring, body.credential), body.org)
    except (UnauthenticatedError, NotFoundError) as error:
        await attempt.failed()
        await wiring.accounts.refused("passkey")
        raise UnauthenticatedError("The passkey does not fit.") from error
    await attempt.succeeded()
    renewed = await wiring.sessions.open(account, caller, "passkey")
    return hand_over(request, response, wiring, renewed, body.keep)


@router.post("/step-up")
async def step_up(body: PasskeyProofRequest, person: AccountOwner, wiring: Wired) -> SessionResponse:
    """Proves once more who is signed in; the new access token may do what needs a fresh proof."""
    if await _owner(wiring, body.credential) != person.id or person.session is None:
        raise UnauthenticatedError("The passkey is somebody else's.")
    account = await wiring.people.by_id(person.id, person.org)
    return session_of(wiring, await wiring.sessions.prove(account, person.session, "passkey"), None)


async def _owner(wiring: Wiring, answer: dict[str, JsonValue]) -> UUID:
    """Whose passkey signed what we asked, once. Raises UnauthenticatedError."""
    told: Json = answer
    challenge = wiring.webauthn.challenge_of(told)
    await wiring.identities.answered(PROVE, challenge)
    credential = wiring.webauthn.credential_of(told)
    key = await wiring.passkeys.known(credential)
    count = wiring.webauthn.verify_authentication(told, challenge, key.person, key.public_key, key.sign_count)
    await wiring.passkeys.used(credential, key.sign_count, count)
    return key.person
