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
"""What a token is for. A token of one kind is not accepted as another."""
REQUIRED = ["iss", "aud", "sub", "org", "sid", "ver", "typ", "jti", "iat", "exp", "auth_time"]


@dataclass(frozen=True)
class Claims:
    """The claims of a valid access token. The database knows whether its session is still open."""

    person: UUID
    org: str
    session: UUID
    version: str
    expires_at: datetime
    authenticated_at: datetime

    @property
    def key(self) -> tuple[UUID, str]:
        """The session and the version for which the token was issued."""
        return self.session, self.version


class Tokens:
    """Signs and reads access tokens, with one algorithm and one key; every claim is required."""

    def __init__(self, secret: str, issuer: str, lifetime: timedelta) -> None:
        self._secret = secret
        self._issuer = issuer
        self._lifetime = lifetime
        self.lifetime_s = int(lifetime.total_seconds())
        self._jwt = jwt.PyJWT({"enforce_minimum_key_length": True})

    def issue(
        self, person: Person, session: UUID, version: str, authenticated_at: datetime, kind: str = ACCESS
    ) -> str:
        """A token for one session; `authenticated_at` is the last proof of the person's identity.

        `version` is that of the account: the token is valid until it changes.
        """
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
        """The claims. Raises UnauthenticatedError for a foreign or expired token, or another kind."""
        try:
            signature = token.rpartition(".")[2]
            if base64url_encode(base64url_decode(signature)).decode() != signature:
                raise UnauthenticatedError("Invalid token")  # only the canonical base64
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
                version=str(claims["ver"]),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
                authenticated_at=datetime.fromtimestamp(claims["auth_time"], UTC),
            )
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise UnauthenticatedError("Invalid token") from error
