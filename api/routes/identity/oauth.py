from enum import StrEnum
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from adapters.identities.oidc import Identity
from api import pending_authorizations
from api.access import AccountOwner, From, require_fresh_login
from api.dependencies.identity import AccountDependencies, IdentityProviderDependencies
from api.dependencies.injected import Accounts, IdentityProviders, SessionAnswers, Site
from api.pending_authorizations import AuthorizationPurpose, PendingAuthorization
from api.requests.fields import LocalPath
from api.requests.identity import ProviderStepUpRequest
from api.responses.identity import ProviderListResponse, ProviderUrlResponse
from missions.caller import Caller
from missions.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OpsError,
    UnauthenticatedError,
    UnavailableError,
)
from missions.frozen_model import FrozenModel
from stores.postgres.accounts.identities import UnknownIdentityError
from stores.postgres.accounts.sessions import Renewed

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/auth/oauth", tags=["auth"])
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
    next: Annotated[LocalPath, Query()] = "/",  # noqa: A002  the usual name
) -> Response:
    """Redirects the browser to the provider. `next` is the path of this site to which it returns."""
    url, state = await pending_authorizations.begin(providers, provider, AuthorizationPurpose.SIGN_IN, next)
    response = RedirectResponse(url, 302)
    pending_authorizations.bind(site, response, state)
    return response


@router.post("/{provider}/connect")
async def connect(
    provider: str, response: Response, person: AccountOwner, providers: IdentityProviders, site: Site
) -> ProviderUrlResponse:
    """The address where the person confirms their identity at the provider. Needs a fresh login."""
    require_fresh_login(person)
    url, state = await pending_authorizations.begin(
        providers, provider, AuthorizationPurpose.CONNECT, "/settings", person
    )
    pending_authorizations.bind(site, response, state)
    return ProviderUrlResponse(url=url)


@router.post("/{provider}/step-up")
async def step_up(
    provider: str,
    body: ProviderStepUpRequest,
    response: Response,
    person: AccountOwner,
    providers: IdentityProviders,
    site: Site,
) -> ProviderUrlResponse:
    """The address where the provider asks the signed-in person for a proof again.

    The browser comes back to `next` in the same session: the next renewal gives an access token that counts
    as a fresh login. After a refusal it comes back with the reason as `refused`; the session is unchanged.
    """
    url, state = await pending_authorizations.begin(
        providers, provider, AuthorizationPurpose.STEP_UP, body.next, person
    )
    pending_authorizations.bind(site, response, state)
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
    accounts: Accounts,
    providers: IdentityProviders,
    answers: SessionAnswers,
    site: Site,
    returned: Annotated[Returned, Query()],
) -> Response:
    """Ends a login, with the refresh token in its cookie; or a step-up; or connects an identity.

    A refusal leads to the sign-in page, or back to where a signed-in person was; `refused` has the reason.
    """
    issuer = providers.issuer(provider)
    path = "/"
    try:
        pending = await pending_authorizations.take(providers, site, request, returned.state)
        if pending.purpose is not AuthorizationPurpose.SIGN_IN:
            path = pending.next
        if returned.error:
            raise ForbiddenError(f"The provider answered {returned.error}.")
        if pending.provider != provider or returned.iss not in (None, issuer.issuer):
            raise UnauthenticatedError("The login began at another provider.")
        identity = await issuer.exchange_code(returned.code, pending.request(returned.state))
        response = RedirectResponse(site.public_url + pending.next, 302)
        opened = await _complete(providers, accounts, caller, pending, identity)
        if opened is not None:
            answers.set_cookie(response, opened)
    except REFUSED as error:
        refusal = SignInRefusal.of(error)
        log.warning("login at a provider refused", provider=provider, refusal=refusal, reason=str(error))
        separator = "&" if "?" in path else "?"
        response = RedirectResponse(f"{site.public_url}{path}{separator}refused={refusal}", 302)
    pending_authorizations.forget(site, response)
    return response


async def _complete(
    providers: IdentityProviderDependencies,
    accounts: AccountDependencies,
    caller: Caller,
    pending: PendingAuthorization,
    identity: Identity,
) -> Renewed | None:
    """Does what the person went to the provider for; returns the session that a login opened."""
    identities, sessions = providers.identities, accounts.sessions
    if pending.purpose is AuthorizationPurpose.SIGN_IN:
        account = await identities.account(identity.issuer, identity.subject)
        return await sessions.open(account, caller, identity.issuer, identity.authenticated_at)
    if pending.session is None:
        raise UnauthenticatedError("The session has ended.")
    account = await sessions.account(pending.session)  # the person may have signed out meanwhile
    if pending.purpose is AuthorizationPurpose.CONNECT:
        await identities.connect(
            account.person, pending.session, pending.provider, identity.issuer, identity.subject
        )
    else:
        await identities.check_owner(account.person, identity.issuer, identity.subject)
        await sessions.prove(account, pending.session, identity.issuer, identity.authenticated_at)
    return None
