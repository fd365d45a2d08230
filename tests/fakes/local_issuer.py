"""A small OpenID issuer for tests; `twist` changes its ID tokens."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "ops", "a-secret-of-the-issuer"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC: dict[str, Any] = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {
    "kid": "k",
    "use": "sig",
    "alg": "RS256",
}
Twist = Callable[[dict[str, Any]], str | None]


def signed(claims: dict[str, Any], key: rsa.RSAPrivateKey = KEY, kid: str = "k") -> str:
    return jwt.encode(claims, key, "RS256", {"kid": kid})


class LocalIssuer:
    """Its subject is the identity of the next sign-in; every code can be exchanged once.

    The person authenticated there `session_age_s` ago. The issuer asks them again if the request has
    `prompt=login`, or a `max_age` that is shorter; they always succeed.
    """

    def __init__(self) -> None:
        self.url = ""
        self.subject = "subject-1"
        self.session_age_s = 0
        self.twist: Twist = lambda claims: None  # noqa: ARG005  unchanged
        self._codes: dict[str, dict[str, str]] = {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.configuration)
        self.app.get("/authorize")(self.authorize)
        self.app.post("/token")(self.token)
        self.app.get("/jwks")(self.jwks)

    async def configuration(self) -> dict[str, str]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {"issuer": self.url} | {name: f"{self.url}/{place}" for name, place in places.items()}

    async def jwks(self) -> dict[str, Any]:
        return {"keys": [PUBLIC]}

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = f"code-{len(self._codes)}-{self.subject}"
        self._codes[code] = asked | {"subject": self.subject}
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(form.get("code", ""), None)
        if (
            asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or asked["code_challenge"] != create_s256_code_challenge(form["code_verifier"])
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "sub": asked["subject"],
            "aud": CLIENT,
            "nonce": asked["nonce"],
        }
        if "max_age" in asked:
            again = asked.get("prompt") == "login" or self.session_age_s > int(asked["max_age"])
            claims["auth_time"] = now if again else now - self.session_age_s
        claims |= {"iat": now, "exp": now + 60, "email": "somebody@shop.example", "email_verified": True}
        token = self.twist(claims) or signed(claims)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})
