import base64
import hashlib
import hmac
import secrets


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 (hex), as stored. A random secret of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Lineage:
    """Derives the successor of a refresh token with a secret key.

    Browser tabs that refresh at the same moment get the same new token, so a token family never forks.
    """

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), b"refresh tokens", hashlib.sha256).digest()

    def after(self, token: str) -> str:
        """The token that replaces this one (256 bits)."""
        successor = hmac.new(self._key, token.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(successor).decode().rstrip("=")
