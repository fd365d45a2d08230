import pyotp
from fastapi import APIRouter

from api.access import AccountOwner, From, require_fresh_login
from api.dependencies.injected import Accounts, Throttle
from api.rate_limits import LoginAttempt
from api.requests.identity import TotpCodeRequest
from api.responses.identity import SecondFactorsResponse, TotpKeyResponse
from missions.errors import InvalidCredentialsError

router = APIRouter(prefix="/auth/totp", tags=["auth"])
ISSUER = "OPS-Agent-Desktop"


@router.get("")
async def status(person: AccountOwner, accounts: Accounts) -> SecondFactorsResponse:
    """Whether a login needs a code."""
    return SecondFactorsResponse(totp=await accounts.second_factors.enrolled(person.id))


@router.post("", status_code=201)
async def begin(person: AccountOwner, accounts: Accounts) -> TotpKeyResponse:
    """A key for an authenticator app, effective once a code of it is confirmed. Needs a fresh login."""
    require_fresh_login(person)
    key = await accounts.second_factors.begin(person)
    url = pyotp.TOTP(key).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return TotpKeyResponse(key=key, url=url)


@router.post("/confirm", status_code=204)
async def confirm(body: TotpCodeRequest, person: AccountOwner, accounts: Accounts) -> None:
    """Makes a code required for each login from now on."""
    await accounts.second_factors.confirm(person, body.code)


@router.post("/disable", status_code=204)
async def disable(
    body: TotpCodeRequest, caller: From, person: AccountOwner, accounts: Accounts, throttle: Throttle
) -> None:
    """Makes logins work without a code. Needs a fresh login and one more code."""
    require_fresh_login(person)
    attempt = await LoginAttempt.begin_again(throttle, person, caller)
    if not await accounts.second_factors.verify(person.id, body.code):
        await attempt.failed()
        raise InvalidCredentialsError("The code is wrong, or was used.")
    await attempt.succeeded()
    await accounts.second_factors.remove(person)
