import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from missions.errors import UnauthenticatedError, UnavailableError

DEADLINE_S = 10.0
KNOWN_S = 3600.0
"""How long what an issuer says of itself is believed; an unknown key is asked for at once."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures with a private key only: never none, never HS with something that is public."""


@dataclass(frozen=True)
class Identity:
    """Who somebody is at an issuer; an e-mail address is no part of it."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class Trip:
    """What a browser's way to the issuer and back is bound to; none of it is used twice."""

    state: str
    nonce: str
    verifier: str


class OidcIssuer:
    """One OpenID issuer, found by discovery: code flow with PKCE S256, state and nonce."""

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
        self._known_until = 0.0

    async def address(self, trip: Trip) -> str:
        """Where the browser goes. Raises UnavailableError."""
        metadata = await self._discovered()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=trip.state,
                nonce=trip.nonce,
                code_challenge=create_s256_code_challenge(trip.verifier),
                code_challenge_method="S256",
            )
        return str(url)

    async def redeem(self, code: str, trip: Trip) -> Identity:
        """Who came back with this code. Raises UnauthenticatedError, UnavailableError."""
        metadata = await self._discovered()
        try:
            async with self._client() as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    grant_type="authorization_code",
                    code_verifier=trip.verifier,
                )
        except httpx.HTTPError as error:
            raise UnavailableError("The identity provider does not answer.") from error
        except Exception as error:  # the library's own errors have no common class
            raise UnauthenticatedError("The identity provider refused the code.") from error
        return await self._verified(str(token.get("id_token") or ""), trip.nonce)

    async def _verified(self, id_token: str, nonce: str) -> Identity:
        try:
            header = jwt.get_unverified_header(id_token)
            claims = jwt.decode(
                id_token,
                await self._key(str(header.get("kid", ""))),
                ALGORITHMS,
                {"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
                audience=self._client_id,
                issuer=self.issuer,
                leeway=60,
            )
        except jwt.PyJWTError as error:
            raise UnauthenticatedError("The identity provider's token is not valid.") from error
        parties = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if claims["nonce"] != nonce or (len(parties) > 1 and claims.get("azp") != self._client_id):
            raise UnauthenticatedError("The identity provider's token is not valid.")
        return Identity(self.issuer, str(claims["sub"]))

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            content = await self._get((await self._discovered())["jwks_uri"])
            keys = jwt.PyJWKSet.from_dict(dict(content)).keys
            self._keys = {key.key_id or "": key for key in keys if key.public_key_use in (None, "sig")}
        found: jwt.PyJWK | None = self._keys.get(kid)
        if found is None:
            raise jwt.InvalidTokenError("unknown key")
        return found

    async def _discovered(self) -> dict[str, Any]:
        if time.monotonic() >= self._known_until:
            metadata = await self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if metadata.get("issuer") != self.issuer or not all(metadata.get(one) for one in needed):
                raise UnavailableError("The identity provider says that it is somebody else.")
            self._metadata, self._keys = dict(metadata), {}
            self._known_until = time.monotonic() + KNOWN_S
        return self._metadata

    async def _get(self, url: str) -> Mapping[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=DEADLINE_S, trust_env=False) as client:
                answer = (await client.get(url)).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError("The identity provider does not answer.") from error
        if not isinstance(answer, dict):
            raise UnavailableError("The identity provider does not answer.")
        return answer

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            scope=self._scope,
            redirect_uri=self._redirect_uri,
            timeout=DEADLINE_S,
            trust_env=False,
        )
