"""Browsers in which a person has signed in before: strangers in their network cannot lock them out."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
from starlette.requests import HTTPConnection

from missions.caller import Device
from missions.person import Person
from stores.postgres.accounts.people import canonical
from stores.secrets import digest, new_secret

ALGORITHM, AUDIENCE = "HS256", "device"
LIFETIME = timedelta(days=90)
REQUIRED = ["aud", "sub", "acc", "jti", "exp"]


class Devices:
    """Signs and reads the cookie of a known browser.

    It proves no identity and opens nothing. It only says by what a request is counted.
    """

    def __init__(self, secret: str, *, secure: bool) -> None:
        self._key = hmac.new(secret.encode(), b"devices", hashlib.sha256).hexdigest()
        self._secure = secure

    @property
    def cookie_name(self) -> str:
        """With the prefix that binds the cookie to this host. Browsers accept the prefix over https only."""
        return "__Host-device" if self._secure else "device"

    def issue(self, person: Person, before: Device | None) -> str:
        """The cookie of a browser in which the person has just signed in; one of theirs keeps its id."""
        kept = before.id if before is not None and before.person == person.id else new_secret()
        claims = {
            "aud": AUDIENCE,
            "sub": str(person.id),
            "acc": digest(canonical(person.email)),
            "jti": kept,
            "exp": datetime.now(UTC) + LIFETIME,
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, connection: HTTPConnection) -> Device | None:
        """The browser that sent the request; None for a cookie that is missing, expired or not ours."""
        cookie = connection.cookies.get(self.cookie_name)
        if cookie is None:
            return None
        try:
            claims = jwt.decode(cookie, self._key, [ALGORITHM], {"require": REQUIRED}, audience=AUDIENCE)
            return Device(id=str(claims["jti"]), person=UUID(claims["sub"]), account=str(claims["acc"]))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            return None
