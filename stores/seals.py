import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from missions.errors import UnavailableError

_NONCE = 12


class Seals:
    """AES-256-GCM for secrets that the database stores and the API must read again."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(hmac.new(secret.encode(), b"seals", hashlib.sha256).digest())

    def seal(self, text: str, bound: str) -> str:
        """Encrypts the text, bound to `bound`: it decrypts only with the same value."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), bound.encode())).decode()

    def open(self, sealed: str, bound: str) -> str:
        """Decrypts. Raises UnavailableError if SEAL_SECRET has changed."""
        content = base64.b64decode(sealed)
        try:
            return self._cipher.decrypt(content[:_NONCE], content[_NONCE:], bound.encode()).decode()
        except InvalidTag as error:
            raise UnavailableError(
                "The stored secret cannot be decrypted: SEAL_SECRET has changed."
            ) from error
