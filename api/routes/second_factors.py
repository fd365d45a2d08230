import pyotp
from fastapi import APIRouter

from api.access import AccountOwner, From, Wired, freshly_proved
from api.guarding import LoginAttempt
from api.requests.identity import TotpCodeRequest
from api.responses.identity import SecondFactorsResponse, TotpKeyResponse
from missions.errors import UnauthenticatedError

router = APIRouter(prefix="/auth/totp", tags=["auth"])
ISSUER = "OPS-Agent-Desktop"


@router.get("")
async def standing(person: AccountOwner, wiring: Wired) -> SecondFactorsResponse:
    """Whether signing in needs a code."""
    return SecondFactorsResponse(totp=await wiring.second_factors.enrolled(person.id))


@router.post("", status_code=201)
async def begin(person: AccountOwner, wiring: Wired) -> TotpKeyResponse:
    """A key for an authenticator app; it counts once a code of it is confirmed. Needs a fresh login."""
    freshly_proved(person)
    key = await wiring.second_factors.begin(person)
    url = pyotp.TOTP(key).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return TotpKeyResponse(key=key, url=url)


@router.post("/confirm", status_code=204)
async def confirm(body: TotpCodeRequest, person: AccountOwner, wiring: Wired) -> None:
    """From now on signing in needs a code."""
    await wiring.second_factors.confirm(person, body.code)


@router.post("/disable", status_code=204)
async def disable(body: TotpCodeRequest, caller: From, person: AccountOwner, wiring: Wired) -> None:
    """Signing in needs no code any more; needs a fresh login and a last code."""
    freshly_proved(person)
    attempt = await LoginAttempt.begin(wiring, person.email, caller)
    if not await wiring.second_factors.verify(person.id, body.code):
        await attempt.failed()
        raise UnauthenticatedError("The code is wrong, or was used.")
    await attempt.succeeded()
    await wiring.second_factors.remove(person)
