import hmac
import re
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from adapters.identities.oidc import AuthorizationRequest, OidcIssuer
from api.access import AccountOwner, From, require_fresh_login
from api.dependencies.identity import IdentityProviderDependencies
from api.dependencies.injected import (
    Accounts,
    Authentication,
    IdentityProviders,
    SessionAnswers,
    Site,
)
from api.dependencies.site import Site as SiteSettings
from api.responses.identity import ProviderListResponse, ProviderUrlResponse
from missions.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    OpsError,
    UnauthenticatedError,
    UnavailableError,
)
from missions.frozen_model import FrozenModel
from stores.postgres.accounts.identities import UnknownIdentityError
from stores.secrets import new_secret

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/auth/oauth", tags=["auth"])
PURPOSE = "oauth"
LOCAL_PATH = re.compile(r"/(?:[A-Za-z0-9_~?=&%-][A-Za-z0-9/._~?=&%-]*)?")
"""A path of this site and nothing else: browsers read `//evil` and `/\\evil` as hosts."""
REFUSED = (ForbiddenError, UnauthenticatedError, NotFoundError, ConflictError, UnavailableError)


class SignInRefusal(StrEnum):
    """Why a login at a provider failed. The console has words for each; nothing else reaches its page."""

    DENIED = "denied"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"

    @classmethod
    def of(cls, error: OpsError) -> "SignInRefusal":
        """The reason for this error."""
        match error:
            case ForbiddenError():
                return cls.DENIED
            case UnknownIdentityError() | NotFoundError():
                return cls.UNKNOWN
            case ConflictError():
                return cls.TAKEN
            case UnavailableError():
                return cls.UNAVAILABLE
        return cls.FAILED


class Returned(FrozenModel):
    """What a provider sends a browser back with: a code, or an error (RFC 6749, RFC 9207)."""

    state: Annotated[str, Field(max_length=2000)] = ""
    code: Annotated[str, Field(max_length=2000)] = ""
    error: Annotated[str, Field(max_length=200)] = ""
    iss: Annotated[str, Field(max_length=500)] | None = None


@router.get("/providers")
async def providers(providers: IdentityProviders) -> ProviderListResponse:
    """The names of the identity providers."""
    return ProviderListResponse(providers=tuple(sorted(providers.issuers)))


@router.get("/connected")
async def connected(person: AccountOwner, providers: IdentityProviders) -> ProviderListResponse:
    """The providers at which the person has a connected identity."""
    return ProviderListResponse(providers=tuple(await providers.identities.connected(person)))


@router.get("/{provider}/start", status_code=302, response_class=RedirectResponse)
async def start(
    provider: str,
    providers: IdentityProviders,
    site: Site,
    next: Annotated[str, Query(max_length=500)] = "/",  # noqa: A002  the usual name
) -> Response:
    """Redirects the browser to the provider. `next` is the path of this site to which it returns."""
    if not LOCAL_PATH.fullmatch(next):
        raise InvalidError("next: it must be a path of this site.")
    url, state = await _begin(providers, provider, {"next": next})
    response = RedirectResponse(url, 302)
    _set_state_cookie(response, site, state)
    return response


@router.post("/{provider}/connect")
async def connect(
    provider: str, response: Response, person: AccountOwner, providers: IdentityProviders, site: Site
) -> ProviderUrlResponse:
    """The address where the person confirms their identity at the provider. Needs a fresh login."""
    require_fresh_login(person)
    url, state = await _begin(providers, provider, {"next": "/settings", "org": person.org}, person.id)
    _set_state_cookie(response, site, state)
    return ProviderUrlResponse(url=url)


@router.delete("/{provider}", status_code=204)
async def disconnect(provider: str, person: AccountOwner, providers: IdentityProviders) -> None:
    """Removes the person's identity at the provider. Needs a fresh login."""
    require_fresh_login(person)
    await providers.identities.disconnect(person, provider)


@router.get("/{provider}/callback", status_code=302, response_class=RedirectResponse)
async def callback(
    provider: str,
    request: Request,
    caller: From,
    authentication: Authentication,
    accounts: Accounts,
    providers: IdentityProviders,
    answers: SessionAnswers,
    site: Site,
    returned: Annotated[Returned, Query()],
) -> Response:
    """Ends a login, with the refresh token in its cookie, or connects an identity to a signed-in person.

    A refusal leads to the sign-in page, or back to the settings, with its reason as `refused`.
    """
    issuer = _issuer(providers, provider)
    path = "/"
    try:
        begun, person_id = await _begun_here(providers, site, request, returned.state)
        if person_id is not None:
            path = begun["next"]
        if returned.error:
            raise ForbiddenError(f"The provider answered {returned.error}.")
        if begun["provider"] != provider or returned.iss not in (None, issuer.issuer):
            raise UnauthenticatedError("The login began at another provider.")
        authorization = AuthorizationRequest(
            state=returned.state, nonce=begun["nonce"], verifier=begun["verifier"]
        )
        identity = await issuer.exchange_code(returned.code, authorization)
        response = RedirectResponse(site.public_url + begun["next"], 302)
        if person_id is not None:
            account = await authentication.people.by_id(person_id, begun["org"])
            await providers.identities.connect(account.person, provider, identity.issuer, identity.subject)
        else:
            account = await providers.identities.account(identity.issuer, identity.subject)
            answers.set_cookie(response, await accounts.sessions.open(account, caller, identity.issuer))
    except REFUSED as error:
        refusal = SignInRefusal.of(error)
        log.warning("login at a provider refused", provider=provider, refusal=refusal, reason=str(error))
        response = RedirectResponse(f"{site.public_url}{path}?refused={refusal}", 302)
    response.delete_cookie(_state_cookie(site), path="/", secure=site.secure, httponly=True, samesite="lax")
    return response


async def _begun_here(
    providers: IdentityProviderDependencies, site: SiteSettings, request: Request, state: str
) -> tuple[dict[str, Any], UUID | None]:
    """Takes the login of this state, and the person if an identity is being connected.

    Raises UnauthenticatedError if another browser began it, and the second time.
    """
    bound = request.cookies.get(_state_cookie(site), "")
    if not hmac.compare_digest(bound.encode(), state.encode()):
        raise UnauthenticatedError("Another browser began this login.")
    return await providers.identities.answered(PURPOSE, state)


async def _begin(
    providers: IdentityProviderDependencies, provider: str, more: dict[str, Any], person: UUID | None = None
) -> tuple[str, str]:
    """The provider's address for a new login, and the state that binds it to a browser."""
    authorization = AuthorizationRequest(state=new_secret(), nonce=new_secret(), verifier=new_secret())
    url = await _issuer(providers, provider).authorization_url(authorization)
    begun = {"provider": provider, "nonce": authorization.nonce, "verifier": authorization.verifier} | more
    await providers.identities.ask(PURPOSE, authorization.state, begun, person)
    return url, authorization.state


def _issuer(providers: IdentityProviderDependencies, provider: str) -> OidcIssuer:
    if provider not in providers.issuers:
        raise NotFoundError("Unknown identity provider.")
    return providers.issuers[provider]


def _state_cookie(site: SiteSettings) -> str:
    return "__Host-oauth" if site.secure else "oauth"


def _set_state_cookie(response: Response, site: SiteSettings, state: str) -> None:
    """Binds the login to this browser. Lax, because the provider's redirect has to send the cookie."""
    response.set_cookie(
        _state_cookie(site), state, max_age=600, path="/", secure=site.secure, httponly=True, samesite="lax"
    )
