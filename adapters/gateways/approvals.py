import asyncio
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from missions.approval import GatewayStatus
from missions.errors import UnavailableError
from missions.proposal import Action

_MAX_BYTES = 1_000_000  # of a response
_NOT_FOUND = 404


class _ApprovalContext(BaseModel):
    action: str


class _GatewayApproval(BaseModel):
    """The fields of `GET /api/v1/approvals/{token}` that are read."""

    token: str
    status: GatewayStatus
    context: _ApprovalContext


class HttpGatewayApprovals:
    """The approvals of an external gateway. `timeout` in seconds limits each call as a whole."""

    def __init__(self, base_url: str, headers: dict[str, str], timeout: float) -> None:
        self._url = base_url.rstrip("/") + "/api/v1/approvals/"
        self._headers = headers
        self._timeout = timeout

    async def look(self, token: str, action: Action) -> GatewayStatus:
        """The approval's status. Raises UnavailableError unless the response is clearly about this action."""
        response = await self._call("GET", token)
        if response.status_code == _NOT_FOUND:
            raise UnavailableError("The gateway does not know its own approval.")
        try:
            response.raise_for_status()
            approval = _GatewayApproval.model_validate(response.json())
        except (httpx.HTTPStatusError, ValueError, ValidationError) as error:
            raise UnavailableError("The gateway did not send its approval's status.") from error
        if approval.token != token or approval.context.action != action.kind:
            raise UnavailableError("The gateway's approval is about something else.")
        return approval.status

    async def answer(self, token: str, *, agreed: bool, reason: str) -> None:
        """Sends our decision; `look` then shows whether it took effect. Raises UnavailableError."""
        body = {} if agreed else {"reason": reason}
        response = await self._call("POST", token, "/approve" if agreed else "/deny", body)
        if response.is_server_error:
            raise UnavailableError("The gateway did not accept our decision.")

    async def _call(
        self, method: str, token: str, verb: str = "", body: dict[str, Any] | None = None
    ) -> httpx.Response:
        url = self._url + quote(token, safe="") + verb
        try:
            async with (
                # httpx's timeout is per read: without this one a slow response would never end.
                asyncio.timeout(self._timeout),
                # trust_env: no proxy from the environment may read or answer the request.
                httpx.AsyncClient(
                    timeout=self._timeout, headers=self._headers, trust_env=False, follow_redirects=False
                ) as client,
            ):
                response = await client.request(method, url, json=body)
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise UnavailableError(f"The gateway did not answer ({type(error).__name__}).") from error
        if len(response.content) > _MAX_BYTES:
            raise UnavailableError("The gateway's answer is too large.")
        return response
