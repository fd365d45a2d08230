import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from nacl.public import PrivateKey, PublicKey

from missions.errors import InvalidError

_BYTES = 32


def public_key(text: str) -> PublicKey:
    """A public key from URL-safe base64 of its 32 bytes. Raises InvalidError, without the text."""
    return PublicKey(_bytes(text))


def private_key(text: str) -> PrivateKey:
    """A private key from URL-safe base64 of its 32 bytes. Raises InvalidError, without the text."""
    return PrivateKey(_bytes(text))


def key_id(key: PublicKey) -> str:
    """The id of a key pair: 16 hex digits of the public key's SHA-256."""
    return hashlib.sha256(bytes(key)).hexdigest()[:16]


def new_pair() -> tuple[str, str]:
    """A new (private, public) pair in URL-safe base64."""
    key = PrivateKey.generate()
    return urlsafe_b64encode(bytes(key)).decode(), urlsafe_b64encode(bytes(key.public_key)).decode()


def private_from(secret: str) -> str:
    """A private key derived from a random secret of at least 24 bytes; the same secret gives the same key."""
    return urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()


def public_of(private: str) -> str:
    """The public key of a private key, both in URL-safe base64."""
    return urlsafe_b64encode(bytes(private_key(private).public_key)).decode()


def _bytes(text: str) -> bytes:
    try:
        raw = urlsafe_b64decode(text)
    except ValueError:
        raw = b""
    if len(raw) != _BYTES:
        raise InvalidError("A key is URL-safe base64 of 32 bytes.")
    return raw
