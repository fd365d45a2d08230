from types import TracebackType
from typing import Self

import httpx
from pydantic import TypeAdapter

from lab.faults.proxy_toxics import LinkStatus, LinkToxics

TIMEOUT_S = 5.0
_STATUSES = TypeAdapter(dict[str, LinkStatus])


class Links:
    """The client of the fault proxy's API, for example at http://127.77.60.254:8474.

    httpx.HTTPError where the proxy does not answer or does not know the link.
    """

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    async def status(self) -> dict[str, LinkStatus]:
        """Every link by its name."""
        return _STATUSES.validate_json((await self._client.get("/links")).raise_for_status().content)

    async def set(self, name: str, toxics: LinkToxics) -> LinkStatus:
        """Replaces the toxics of a link, for its open connections too."""
        body = toxics.model_dump(mode="json")
        response = (await self._client.put(f"/links/{name}", json=body)).raise_for_status()
        return LinkStatus.model_validate_json(response.content)

    async def clear(self, name: str | None = None) -> None:
        """Makes one link normal, or all of them."""
        if name is None:
            (await self._client.delete("/links")).raise_for_status()
        else:
            await self.set(name, LinkToxics())

    async def reset(self, name: str) -> int:
        """Resets the open connections of a link now; returns how many there were."""
        response = (await self._client.post(f"/links/{name}/reset")).raise_for_status()
        return int(response.json()["reset"])

    async def aclose(self) -> None:
        """Closes the client's connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        await self.aclose()
