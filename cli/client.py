from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from runtime.local.state import StackState

_TIMEOUT = httpx.Timeout(15, read=100)
"""Seconds. The API waits up to 90 for a browser that detects, tests or searches a dashboard."""


class ApiError(Exception):
    """The API refused a request, or did not answer (status 0). The message is the API's own."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class ApiClient:
    """A client of the API for one person; signs in again when the access token has expired."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.url = url
        self._email = email
        self._password = password
        self.token = ""
        # The address is of the local stack: no proxy of the environment may be used.
        self._http = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False)

    @classmethod
    def local(cls, data: Path, who: str) -> Self:
        """The client of one of the local stack's people: operator, approver or second. Raises ApiError."""
        state = StackState.read(data)
        if state is None:
            raise ApiError(0, f"No stack runs in {data}. Start one: make up")
        if who not in state.people:
            raise ApiError(0, f"There is no {who}, only {', '.join(state.people)}.")
        person = state.people[who]
        return cls(state.api_url, person["email"], person["password"])

    async def login(self) -> dict[str, Any]:
        """Signs in and keeps the access token; returns the user."""
        body = {"email": self._email, "password": self._password}
        session = await self._send("POST", "/api/auth/login", json=body)
        self.token = session["accessToken"]
        user: dict[str, Any] = session["user"]
        return user

    async def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401  JSON
        """The JSON behind GET. Raises ApiError."""
        return await self._signed("GET", path, params=params)

    async def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:  # noqa: ANN401  JSON
        """The JSON that answers a POST, PATCH or DELETE; None for an empty answer. Raises ApiError."""
        return await self._signed(method, path, json=body, headers=headers)

    async def download(self, artifact_id: str) -> bytes:
        """An artifact's bytes, through its presigned link."""
        link = await self.get(f"/api/artifacts/{artifact_id}")
        response = await self._http.get(link["url"])
        if response.is_error:
            raise ApiError(response.status_code, f"The artifact {artifact_id} could not be read.")
        return response.content

    async def _signed(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401  httpx's own arguments
        if not self.token:
            await self.login()
        headers = request.pop("headers", None) or {}
        try:
            return await self._send(
                method, path, headers=headers | {"Authorization": f"Bearer {self.token}"}, **request
            )
        except ApiError as error:
            if error.status != httpx.codes.UNAUTHORIZED:
                raise
            await self.login()
            return await self._send(
                method, path, headers=headers | {"Authorization": f"Bearer {self.token}"}, **request
            )

    async def _send(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401  httpx's own arguments
        try:
            response = await self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise ApiError(
                0, f"{self.url} does not answer ({type(error).__name__}). Does `make up` run?"
            ) from error
        if response.is_error:
            try:
                message = response.json().get("error", response.text)
            except ValueError:
                message = response.text
            raise ApiError(response.status_code, f"{message} ({response.status_code})")
        return response.json() if response.content else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()
