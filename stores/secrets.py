import base64
import hashlib
import hmac
import secrets


def new_secret() -> str:
    """256 random bits, safe in URLs: what a stranger cannot guess."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 (hex): what is kept of a secret of 256 bits. It needs no salt, and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Lineage:
    """What follows a refresh token: always the same one, and only we can say which.

    Tabs that renew at the same moment get the same new token, so a family never forks.
    """

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), b"refresh tokens", hashlib.sha256).digest()

    def after(self, token: str) -> str:
        """The token that replaces this one: 256 bits."""
        following = hmac.new(self._key, token.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(following).decode().rstrip("=")
