from typing import Protocol

import httpx

from runtime.local.processes import Child


class Part(Protocol):
    """One process of the lab that our own supervisor runs."""

    @property
    def name(self) -> str:
        """The name of its process, log and directory."""
        ...

    def prepare(self) -> None:
        """Writes its files. It may block."""
        ...

    def child(self) -> Child:
        """Its process, not started."""
        ...

    async def ready(self) -> None:
        """Returns when it answers in its own protocol. NotReadyError."""
        ...


async def get(url: str, *, timeout_s: float = 3.0) -> httpx.Response:
    """A successful response. httpx.HTTPError."""
    async with httpx.AsyncClient(timeout=timeout_s, trust_env=False) as client:
        return (await client.get(url)).raise_for_status()
