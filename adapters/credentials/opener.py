import json
from base64 import b64decode
from collections.abc import Sequence

from nacl.exceptions import CryptoError
from nacl.public import SealedBox

from adapters.browser.origins import origin_of
from adapters.credentials.keys import key_id, private_key, public_of
from adapters.credentials.sealer import Sealer
from missions.credentials import Credentials, Sealed
from missions.errors import ForbiddenError


class Opener:
    """Opens sealed credentials with the browser worker's private keys, the newest first."""

    def __init__(self, private_keys: Sequence[str]) -> None:
        keys = [private_key(text) for text in private_keys]
        self._boxes = {key_id(key.public_key): SealedBox(key) for key in keys}
        self._sealer = Sealer(public_of(private_keys[0])) if private_keys else None
        self.key_id = self._sealer.key_id if self._sealer else ""

    def open(self, org: str, base_url: str, sealed: Sealed) -> Credentials:
        """The credentials. Raises ForbiddenError, without their text, for another key or place."""
        box = self._boxes.get(sealed.key_id)
        if box is None:
            detail = f"The browser worker has no key {sealed.key_id}: write the credentials again."
            raise ForbiddenError(detail)
        try:
            content = json.loads(box.decrypt(b64decode(sealed.box, validate=True)))
        except (CryptoError, ValueError):
            raise ForbiddenError("The sealed credentials are damaged: write them again.") from None
        if content.pop("org") != org or content.pop("origin") != str(origin_of(base_url)):
            raise ForbiddenError("The credentials were sealed for another place: write them again.")
        return Credentials.model_validate(content)

    def reseal(self, org: str, base_url: str, sealed: Sealed) -> Sealed:
        """The same credentials, sealed for the newest key. Raises ForbiddenError as `open` does."""
        credentials = self.open(org, base_url, sealed)
        if self._sealer is None:  # unreachable: a box that opened has a key
            raise ForbiddenError("The browser worker has no key.")
        return self._sealer.seal(org, base_url, credentials)
