import json
from base64 import b64encode

from nacl.public import SealedBox

from adapters.browser.origins import origin_of
from adapters.credentials.keys import key_id, public_key
from missions.credentials import Credentials, Sealed
from missions.errors import InvalidError


class Sealer:
    """Encrypts credentials for the browser worker's public key; a Sealer cannot decrypt them.

    The box holds the organization and the dashboard's origin as well: it cannot be opened for another
    organization, or after its connector's address changed.
    """

    def __init__(self, public: str) -> None:
        key = public_key(public)
        self._box = SealedBox(key)
        self.key_id = key_id(key)

    def seal(self, org: str, base_url: str, credentials: Credentials) -> Sealed:
        """The sealed credentials. Raises InvalidError where the base URL has no origin."""
        origin = origin_of(base_url)
        if origin is None:
            raise InvalidError("Its base URL is no http or https URL.")
        secret = credentials.password.get_secret_value() if credentials.password else None
        content = {
            "org": org,
            "origin": str(origin),
            "token": credentials.token.get_secret_value() if credentials.token else None,
            "username": credentials.username,
            "password": secret,
            "headers": {name: value.get_secret_value() for name, value in credentials.headers.items()},
        }
        box = self._box.encrypt(json.dumps(content).encode())
        return Sealed(key_id=self.key_id, box=b64encode(box).decode())
