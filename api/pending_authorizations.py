"""OpenID logins that began here and wait for their provider's answer, each bound to one browser."""

import hmac
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from fastapi import Request, Response

from adapters.identities.oidc import AuthorizationRequest
from api.dependencies.identity import IdentityProviderDependencies
from api.dependencies.site import Site
from missions.errors import UnauthenticatedError
from missions.frozen_model import FrozenModel
from missions.person import FRESH_LOGIN, Person
from stores.secrets import new_secret

CHALLENGE = "authorization"
COOKIE_S = 600
"""As long as the challenge is valid."""


class AuthorizationPurpose(StrEnum):
    """Why a person goes to a provider."""

    SIGN_IN = "sign-in"
    CONNECT = "connect"
    STEP_UP = "step-up"


class PendingAuthorization(FrozenModel):
    """What is stored until the provider answers. `next` is the path to which the browser then returns.

    `session` is the session that began it; None for SIGN_IN.
    """

    provider: str
    purpose: AuthorizationPurpose
    next: str
    nonce: str
    verifier: str
    max_age_s: int
    session: UUID | None

    def request(self, state: str) -> AuthorizationRequest:
        """The authorization request. A step-up makes the provider ask for a proof again."""
        return AuthorizationRequest(
            state=state,
            nonce=self.nonce,
            verifier=self.verifier,
            max_age=timedelta(seconds=self.max_age_s),
            login=self.purpose is AuthorizationPurpose.STEP_UP,
        )


async def begin(
    providers: IdentityProviderDependencies,
    provider: str,
    purpose: AuthorizationPurpose,
    next_path: str,
    person: Person | None = None,
) -> tuple[str, str]:
    """Stores a new authorization; returns the provider's address, and the state to bind a browser to.

    Raises NotFoundError for an unknown provider, UnavailableError.
    """
    issuer = providers.issuer(provider)
    max_age = FRESH_LOGIN if purpose is AuthorizationPurpose.STEP_UP else providers.login_max_age
    pending = PendingAuthorization(
        provider=provider,
        purpose=purpose,
        next=next_path,
        nonce=new_secret(),
        verifier=new_secret(),
        max_age_s=int(max_age.total_seconds()),
        session=person.session if person else None,
    )
    state = new_secret()
    url = await issuer.authorization_url(pending.request(state))
    body = pending.model_dump(mode="json")
    await providers.identities.ask(CHALLENGE, state, body, person.id if person else None)
    return url, state


def bind(site: Site, response: Response, state: str) -> None:
    """Binds an authorization to the browser of this response."""
    response.set_cookie(
        _cookie(site),
        state,
        max_age=COOKIE_S,
        path="/",
        secure=site.secure,
        httponly=True,
        samesite="lax",  # the provider's redirect has to send it
    )


async def take(
    providers: IdentityProviderDependencies, site: Site, request: Request, state: str
) -> PendingAuthorization:
    """Takes the authorization of this state.

    Raises UnauthenticatedError if another browser began it, and the second time.
    """
    bound = request.cookies.get(_cookie(site), "")
    if not hmac.compare_digest(bound.encode(), state.encode()):
        raise UnauthenticatedError("Another browser began this login.")
    body, _ = await providers.identities.answered(CHALLENGE, state)
    return PendingAuthorization.model_validate(body)


def forget(site: Site, response: Response) -> None:
    """Removes the binding from the browser."""
    response.delete_cookie(_cookie(site), path="/", secure=site.secure, httponly=True, samesite="lax")


def _cookie(site: Site) -> str:
    return "__Host-oauth" if site.secure else "oauth"
