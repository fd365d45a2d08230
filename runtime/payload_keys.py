import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload

_NONCE = 12
_KEY_BITS = 256
SEALED = b"binary/encrypted"
"""The encoding that Temporal's UI and command line send to a codec server."""


class NotOursError(Exception):
    """The payload is not sealed, or with a master key that this process does not have."""


class PayloadKeys:
    """Seals Temporal's payloads with a data key for each organization.

    The process that seals makes the data key, and sends it in the payload, wrapped by the newest of the
    installation's master keys: a process with that key needs no database, and no two processes share a data
    key.
    """

    def __init__(self, masters: Sequence[str]) -> None:
        """Takes the master keys, the newest first. The newest wraps data keys, and all of them unwrap."""
        keys = [hmac.digest(master.encode(), b"payload keys", hashlib.sha256) for master in masters]
        self._masters = {hashlib.sha256(key).hexdigest()[:16]: AESGCM(key) for key in keys}
        self._newest = next(iter(self._masters))
        self._made: dict[str, tuple[AESGCM, bytes]] = {}

    def seal(self, payload: Payload, org: str) -> Payload:
        """Seals the whole payload: content, encoding and metadata."""
        cipher, wrapped = self._data_key(org)
        return Payload(
            metadata={
                "encoding": SEALED,
                "org": org.encode(),
                "master": self._newest.encode(),
                "key": base64.b64encode(wrapped),
            },
            data=_closed(cipher, payload.SerializeToString(), org),
        )

    def open(self, payload: Payload) -> tuple[str, Payload]:
        """The organization that it was sealed for, and the payload before. Raises NotOursError."""
        metadata = dict(payload.metadata)  # reading a missing key would add it to the payload
        name = metadata["master"].decode(errors="replace") if "master" in metadata else ""
        master = self._masters.get(name)
        if metadata.get("encoding") != SEALED or master is None:
            raise NotOursError
        try:
            org = metadata["org"].decode()
            cipher = AESGCM(_opened(master, base64.b64decode(metadata["key"]), org))
            return org, Payload.FromString(_opened(cipher, payload.data, org))
        except (KeyError, ValueError, InvalidTag) as error:
            raise NotOursError from error

    def _data_key(self, org: str) -> tuple[AESGCM, bytes]:
        if org not in self._made:
            key = AESGCM.generate_key(_KEY_BITS)
            self._made[org] = AESGCM(key), _closed(self._masters[self._newest], key, org)
        return self._made[org]


def _closed(cipher: AESGCM, content: bytes, org: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + cipher.encrypt(nonce, content, org.encode())


def _opened(cipher: AESGCM, content: bytes, org: str) -> bytes:
    return cipher.decrypt(content[:_NONCE], content[_NONCE:], org.encode())
