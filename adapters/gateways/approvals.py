import asyncio
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from missions.approval import GatewayStatus
from missions.errors import UnavailableError
from missions.proposal import Action

_LARGEST = 1_000_000  # bytes of an answer that are read
_NOT_FOUND = 404


class _Context(BaseModel):
    action: str


class _Told(BaseModel):
    """The fields of `GET /api/v1/approvals/{token}` that count here."""

    token: str
    status: GatewayStatus
    context: _Context


class HttpGatewayApprovals:
    """The approvals of a gateway behind contract 4. `timeout` in seconds is for a whole call."""

    def __init__(self, base_url: str, headers: dict[str, str], timeout: float) -> None:
        self._url = base_url.rstrip("/") + "/api/v1/approvals/"
        self._headers = headers
        self._timeout = timeout

    async def look(self, token: str, action: Action) -> GatewayStatus:
        """What the gateway says. Raises UnavailableError for whatever is not clearly about this action."""
        response = await self._call("GET", token)
        if response.status_code == _NOT_FOUND:
            raise UnavailableError("The gateway does not know its own approval.")
        try:
            response.raise_for_status()
            told = _Told.model_validate(response.json())
        except (httpx.HTTPStatusError, ValueError, ValidationError) as error:
            raise UnavailableError("The gateway did not say how its approval stands.") from error
        if told.token != token or told.context.action != action.kind:
            raise UnavailableError("The gateway's approval is about something else.")
        return told.status

    async def answer(self, token: str, *, agreed: bool, reason: str) -> None:
        """Posts our decision; whether it was taken is what `look` says. Raises UnavailableError."""
        body = {} if agreed else {"reason": reason}
        response = await self._call("POST", token, "/approve" if agreed else "/deny", body)
        if response.is_server_error:
            raise UnavailableError("The gateway could not take our decision.")

    async def _call(
        self, method: str, token: str, verb: str = "", body: dict[str, Any] | None = None
    ) -> httpx.Response:
        url = self._url + quote(token, safe="") + verb
        try:
            async with (
                asyncio.timeout(self._timeout),  # httpx's own is per read: an answer may drip
                # trust_env: a proxy of the environment must not see or answer what is asked here.
                httpx.AsyncClient(
                    timeout=self._timeout, headers=self._headers, trust_env=False, follow_redirects=False
                ) as client,
            ):
                response = await client.request(method, url, json=body)
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise UnavailableError(f"The gateway did not answer ({type(error).__name__}).") from error
        if len(response.content) > _LARGEST:
            raise UnavailableError("The gateway's answer is too large.")
        return response
