from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt
from jwt.utils import base64url_decode, base64url_encode

from missions.errors import UnauthenticatedError
from missions.person import Person

ALGORITHM = "HS256"
KEY_ID = "1"
ACCESS, CODEC = "access", "codec"
"""What a token is for; no kind opens what another does."""
REQUIRED = ["iss", "aud", "sub", "org", "sid", "ver", "typ", "jti", "iat", "exp", "auth_time"]


@dataclass(frozen=True)
class Claims:
    """What a valid access token says; whether its session still lives is asked of the table."""

    person: UUID
    org: str
    session: UUID
    version: int
    expires_at: datetime
    authenticated_at: datetime


class Tokens:
    """Signs and reads access tokens. One algorithm, one key, everything required."""

    def __init__(self, secret: str, issuer: str, lifetime: timedelta) -> None:
        self._secret = secret
        self._issuer = issuer
        self._lifetime = lifetime
        self.lifetime_s = int(lifetime.total_seconds())
        self._jwt = jwt.PyJWT({"enforce_minimum_key_length": True})

    def issue(
        self, person: Person, session: UUID, version: int, authenticated_at: datetime, kind: str = ACCESS
    ) -> str:
        """A token for one session; `authenticated_at` is when the person last proved who they are."""
        now = datetime.now(UTC)
        claims = {
            "iss": self._issuer,
            "aud": "ops-agent",
            "sub": str(person.id),
            "org": person.org,
            "sid": str(session),
            "ver": version,
            "typ": kind,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self._lifetime,
            "auth_time": int(authenticated_at.timestamp()),
        }
        return self._jwt.encode(claims, self._secret, ALGORITHM, {"kid": KEY_ID})

    def read(self, token: str, kind: str = ACCESS) -> Claims:
        """Raises UnauthenticatedError for everything that we did not sign so, and for what is over."""
        try:
            signature = token.rpartition(".")[2]
            if base64url_encode(base64url_decode(signature)).decode() != signature:
                raise UnauthenticatedError("Invalid token")  # base64 has several spellings; we wrote one
            if jwt.get_unverified_header(token).get("kid") != KEY_ID:
                raise UnauthenticatedError("Invalid token")
            claims = self._jwt.decode(
                token,
                self._secret,
                [ALGORITHM],
                {"require": REQUIRED, "strict_aud": True},
                audience="ops-agent",
                issuer=self._issuer,
            )
            if claims["typ"] != kind:
                raise UnauthenticatedError("Invalid token")
            return Claims(
                person=UUID(claims["sub"]),
                org=claims["org"],
                session=UUID(claims["sid"]),
                version=int(claims["ver"]),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
                authenticated_at=datetime.fromtimestamp(claims["auth_time"], UTC),
            )
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise UnauthenticatedError("Invalid token") from error
