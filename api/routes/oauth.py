import hmac
import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from adapters.identities.oidc import AuthorizationRequest, OidcIssuer
from api.access import AccountOwner, From, Wired, freshly_proved
from api.refreshing import set_cookie
from api.responses.identity import ProviderListResponse, ProviderUrlResponse
from api.wiring import Wiring
from missions.caller import Caller
from missions.errors import InvalidError, NotFoundError, UnauthenticatedError
from stores.secrets import new_secret

router = APIRouter(prefix="/auth/oauth", tags=["auth"])
PURPOSE = "oauth"
OURS = re.compile(r"/(?:[A-Za-z0-9_~?=&%-][A-Za-z0-9/._~?=&%-]*)?")
"""A path of this site and nothing else: to a browser `//evil` and `/\\evil` are hosts."""
FrozenModel = Annotated[str, Query(min_length=1, max_length=2000)]


@router.get("/providers")
async def providers(wiring: Wired) -> ProviderListResponse:
    """The names of the identity providers that one may sign in with."""
    return ProviderListResponse(providers=tuple(sorted(wiring.issuers)))


@router.get("/{provider}/start", status_code=302, response_class=RedirectResponse)
async def start(
    provider: str,
    wiring: Wired,
    next: Annotated[str, Query(max_length=500)] = "/",  # noqa: A002  the usual name of it
) -> Response:
    """Sends the browser to the provider; `next` is a path of this site, where it comes back to."""
    if not OURS.fullmatch(next):
        raise InvalidError("next: it must be a path of this site.")
    url, state = await _begin(wiring, provider, {"next": next})
    response = RedirectResponse(url, 302)
    _bind(response, wiring, state)
    return response


@router.post("/{provider}/connect")
async def connect(
    provider: str, response: Response, person: AccountOwner, wiring: Wired
) -> ProviderUrlResponse:
    """Where the browser goes to make an identity there the person's own. Needs a fresh login."""
    freshly_proved(person)
    url, state = await _begin(wiring, provider, {"next": "/settings", "org": person.org}, person.id)
    _bind(response, wiring, state)
    return ProviderUrlResponse(url=url)


@router.delete("/{provider}", status_code=204)
async def disconnect(provider: str, person: AccountOwner, wiring: Wired) -> None:
    """Takes an identity away. Needs a fresh login."""
    freshly_proved(person)
    await wiring.identities.disconnect(person, provider)


@router.get("/{provider}/callback", status_code=302, response_class=RedirectResponse)
async def callback(
    provider: str,
    request: Request,
    caller: From,
    wiring: Wired,
    state: FrozenModel,
    code: FrozenModel,
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Where the provider sends the browser back to: signs in, with the refresh token in its cookie."""
    issuer = _issuer(wiring, provider)
    bound = request.cookies.get(_cookie(wiring), "")
    if not hmac.compare_digest(bound.encode(), state.encode()):  # another browser began it
        raise UnauthenticatedError("This browser did not begin this.")
    asked, person = await wiring.identities.answered(PURPOSE, state)
    if asked["provider"] != provider or (iss is not None and iss != issuer.issuer):
        raise UnauthenticatedError("Another provider was asked.")
    trip = AuthorizationRequest(state=state, nonce=asked["nonce"], verifier=asked["verifier"])
    identity = await issuer.exchange_code(code, trip)
    response = RedirectResponse(wiring.public_url.rstrip("/") + asked["next"], 302)
    response.delete_cookie(_cookie(wiring), path="/", secure=wiring.secure, httponly=True, samesite="lax")
    if person is not None:
        account = await wiring.people.by_id(person, asked["org"])
        await wiring.identities.connect(account.person, provider, identity.issuer, identity.subject)
        return response
    await _sign_in(response, wiring, caller, identity.issuer, identity.subject)
    return response


async def _sign_in(response: Response, wiring: Wiring, caller: Caller, issuer: str, subject: str) -> None:
    account = await wiring.identities.account(issuer, subject)
    set_cookie(response, wiring, await wiring.sessions.open(account, caller, issuer))


async def _begin(
    wiring: Wiring, provider: str, more: dict[str, Any], person: UUID | None = None
) -> tuple[str, str]:
    trip = AuthorizationRequest(state=new_secret(), nonce=new_secret(), verifier=new_secret())
    url = await _issuer(wiring, provider).authorization_url(trip)
    asked = {"provider": provider, "nonce": trip.nonce, "verifier": trip.verifier} | more
    await wiring.identities.ask(PURPOSE, trip.state, asked, person)
    return url, trip.state


def _issuer(wiring: Wiring, provider: str) -> OidcIssuer:
    if provider not in wiring.issuers:
        raise NotFoundError("Unknown identity provider.")
    return wiring.issuers[provider]


def _cookie(wiring: Wiring) -> str:
    return "__Host-oauth" if wiring.secure else "oauth"


def _bind(response: Response, wiring: Wiring, state: str) -> None:
    """To this browser. Lax: it must come along when the provider sends the browser back."""
    response.set_cookie(
        _cookie(wiring), state, max_age=600, path="/", secure=wiring.secure, httponly=True, samesite="lax"
    )
