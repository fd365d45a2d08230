"""HTTP clients from outside: people, programs and strangers, each from a network of its own."""

import asyncio
import itertools
import time
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from missions.errors import UnavailableError

TOO_MANY = 429
LONGEST_WAIT_S = 65.0
RENEW_AFTER_S = 600.0
"""Access tokens live for 15 minutes, and a probe takes longer than half of that."""
_NETWORKS = itertools.count(10)


def next_network() -> str:
    """An address of another /24 of loopback: the API counts each one as a network of its own."""
    number = next(_NETWORKS)
    return f"127.{number // 250}.{number % 250}.1"


class Visitor:
    """A client of the API from one address. Without credentials it is a stranger.

    Waits and repeats after 429, because the limits of the walks are not what they check; `patient=False`
    returns the 429.
    """

    def __init__(
        self, url: str, address: str | None = None, *, headers: dict[str, str] | None = None
    ) -> None:
        self.url = url
        self.address = address or next_network()
        transport = httpx.AsyncHTTPTransport(
            local_address=self.address, limits=httpx.Limits(max_connections=120)
        )
        self.http = httpx.AsyncClient(
            base_url=url, transport=transport, timeout=30, headers=headers, trust_env=False
        )
        self.id = UUID(int=0)
        self.email = self.password = self.org = ""
        self.token = self.refresh_token = ""
        self._signed_in_at = 0.0

    async def login(self, email: str, password: str, org: str | None = None) -> httpx.Response:
        """Signs in, and keeps the tokens if that was possible. Returns the answer."""
        body: dict[str, Any] = {"email": email, "password": password}
        response = await self.request(
            "POST", "/api/auth/login", json=body | ({} if org is None else {"org": org})
        )
        if response.status_code == httpx.codes.OK:
            self.email, self.password, self.org = email, password, response.json()["user"]["org"]
            self.keep(response.json())
        return response

    def keep(self, session: dict[str, Any]) -> None:
        """Takes the tokens of a session's answer."""
        self.id = UUID(session["user"]["id"])
        self.token, self.refresh_token = session["accessToken"], session["refreshToken"] or self.refresh_token
        self._signed_in_at = time.monotonic()
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    async def request(
        self,
        method: str,
        path: str,
        *,
        patient: bool = True,
        **content: Any,  # noqa: ANN401  httpx's own arguments
    ) -> httpx.Response:
        """The answer, whatever its status. httpx.HTTPError without one."""
        if self.token and self.password and time.monotonic() - self._signed_in_at > RENEW_AFTER_S:
            self._signed_in_at = time.monotonic()
            await self.login(self.email, self.password, self.org)
        waited = 0.0
        while True:
            response = await self.http.request(method, path, **content)
            pause = float(response.headers.get("Retry-After", 1))
            if response.status_code != TOO_MANY or not patient or waited + pause > LONGEST_WAIT_S:
                return response
            waited += pause
            await asyncio.sleep(pause)

    async def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401  JSON
        """The JSON of a successful GET. UnavailableError otherwise."""
        return _content(await self.request("GET", path, params=params))

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401  JSON
        """The JSON of a successful request; {} without one. UnavailableError otherwise."""
        return _content(await self.request(method, path, json=body))

    async def status(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        """The status alone."""
        return (await self.request(method, path, json=body)).status_code

    async def close(self) -> None:
        """Closes its connections."""
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _content(response: httpx.Response) -> Any:  # noqa: ANN401  JSON
    if response.is_error:
        path = f"{response.request.method} {response.request.url.path}"
        raise UnavailableError(f"{path} responded with {response.status_code}: {response.text[:300]}")
    return response.json() if response.content else {}
