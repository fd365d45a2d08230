import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from missions.errors import UnauthenticatedError, UnavailableError

TIMEOUT_S = 10.0
METADATA_LIFETIME_S = 3600.0
"""How long an issuer's metadata is cached. Keys are fetched again as soon as an unknown one is used."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Asymmetric signatures only: a token with `none` or an HMAC could be forged."""
LEEWAY_S = 60
"""Seconds by which the clock of an issuer may differ from ours."""


@dataclass(frozen=True)
class Identity:
    """A person's identity at an issuer. It has no e-mail address, which may change owners.

    `authenticated_at` is when the issuer last asked the person for a proof. It is never in the future.
    """

    issuer: str
    subject: str
    authenticated_at: datetime


@dataclass(frozen=True)
class AuthorizationRequest:
    """One authorization request. Its secrets are not used twice; `verifier` is PKCE's code verifier.

    `max_age` is the longest time since the issuer asked the person for a proof. `login` makes the issuer ask
    again, even if the person is signed in there.
    """

    state: str
    nonce: str
    verifier: str
    max_age: timedelta
    login: bool = False


class OidcIssuer:
    """One OpenID Connect issuer: discovery, and the code flow with PKCE S256, state and nonce."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, scope: str, redirect_uri: str
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._scope = scope
        self._redirect_uri = redirect_uri
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._expires_at = 0.0

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        """The issuer's page to which the browser is redirected. Raises UnavailableError."""
        metadata = await self._discover()
        prompt = {"prompt": "login"} if request.login else {}
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=request.state,
                nonce=request.nonce,
                code_challenge=create_s256_code_challenge(request.verifier),
                code_challenge_method="S256",
                max_age=int(request.max_age.total_seconds()),
                **prompt,
            )
        return str(url)

    async def exchange_code(self, code: str, request: AuthorizationRequest) -> Identity:
        """Exchanges the code for the identity. Raises UnauthenticatedError, UnavailableError.

        An issuer that does not say when the person authenticated, or says a time before `max_age`, is
        refused: a request may ask for `max_age`, and only `auth_time` shows that the issuer obeyed.
        """
        metadata = await self._discover()
        try:
            async with self._client() as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    grant_type="authorization_code",
                    code_verifier=request.verifier,
                )
        except httpx.HTTPError as error:
            raise UnavailableError("The identity provider does not answer.") from error
        except Exception as error:  # the library's errors have no common base class
            raise UnauthenticatedError("The identity provider refused the code.") from error
        return await self._verified(str(token.get("id_token") or ""), request)

    async def _verified(self, id_token: str, request: AuthorizationRequest) -> Identity:
        try:
            header = jwt.get_unverified_header(id_token)
            claims = jwt.decode(
                id_token,
                await self._key(str(header.get("kid", ""))),
                ALGORITHMS,
                {"require": ["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time"]},
                audience=self._client_id,
                issuer=self.issuer,
                leeway=LEEWAY_S,
            )
        except jwt.PyJWTError as error:
            raise UnauthenticatedError("The identity provider's token is not valid.") from error
        parties = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if claims["nonce"] != request.nonce or (len(parties) > 1 and claims.get("azp") != self._client_id):
            raise UnauthenticatedError("The identity provider's token is not valid.")
        return Identity(
            self.issuer, str(claims["sub"]), _authenticated_at(claims["auth_time"], request.max_age)
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            content = await self._get((await self._discover())["jwks_uri"])
            keys = jwt.PyJWKSet.from_dict(dict(content)).keys
            self._keys = {key.key_id or "": key for key in keys if key.public_key_use in (None, "sig")}
        key: jwt.PyJWK | None = self._keys.get(kid)
        if key is None:
            raise jwt.InvalidTokenError("unknown key")
        return key

    async def _discover(self) -> dict[str, Any]:
        if time.monotonic() >= self._expires_at:
            metadata = await self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            required = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if metadata.get("issuer") != self.issuer or not all(metadata.get(name) for name in required):
                raise UnavailableError("The identity provider's metadata names another issuer.")
            self._metadata, self._keys = dict(metadata), {}
            self._expires_at = time.monotonic() + METADATA_LIFETIME_S
        return self._metadata

    async def _get(self, url: str) -> Mapping[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                body = (await client.get(url)).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError("The identity provider does not answer.") from error
        if not isinstance(body, dict):
            raise UnavailableError("The identity provider does not answer.")
        return body

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            scope=self._scope,
            redirect_uri=self._redirect_uri,
            timeout=TIMEOUT_S,
            trust_env=False,
        )


def _authenticated_at(auth_time: object, max_age: timedelta) -> datetime:
    """The claim's time, at most now. Raises UnauthenticatedError before `max_age` and in the future."""
    now = time.time()
    if isinstance(auth_time, bool) or not isinstance(auth_time, int | float):
        raise UnauthenticatedError("The identity provider's token has no valid auth_time.")
    if not now - max_age.total_seconds() - LEEWAY_S <= auth_time <= now + LEEWAY_S:
        raise UnauthenticatedError("The identity provider did not ask for a proof in time.")
    return datetime.fromtimestamp(min(auth_time, now), UTC)
