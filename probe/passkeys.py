"""A person's device with one passkey."""

from typing import Any

import httpx

from missions.errors import UnavailableError
from probe.soft_authenticator import SoftAuthenticator
from probe.visitors import Visitor


class PasskeyDevice:
    """Signs challenges of one site."""

    def __init__(self, origin: str) -> None:
        self._authenticator = SoftAuthenticator(origin)

    async def register(self, visitor: Visitor) -> str:
        """Adds this passkey to the person's account; returns its id. UnavailableError if refused."""
        options = (await visitor.send("POST", "/api/auth/passkeys/options"))["publicKey"]
        body = {"name": "Key of the probe", "credential": self._authenticator.make(options)}
        return str((await visitor.send("POST", "/api/auth/passkeys", body))["id"])

    async def login(self, stranger: Visitor, org: str | None = None) -> httpx.Response:
        """The answer to a login with this passkey; a session that it opens is kept."""
        response = await stranger.request("POST", "/api/auth/passkeys/login/options")
        if response.is_error:
            raise UnavailableError(f"No challenge: {response.status_code} {response.text[:200]}")
        options = response.json()["publicKey"]
        body: dict[str, Any] = {"credential": self._authenticator.prove(options)}
        answer = await stranger.request(
            "POST", "/api/auth/passkeys/login", json=body | ({} if org is None else {"org": org})
        )
        if answer.status_code == httpx.codes.OK:
            stranger.keep(answer.json())
        return answer
