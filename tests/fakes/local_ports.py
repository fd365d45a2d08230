"""Ports of this machine, and servers that start on them."""

import asyncio
import socket
from contextlib import closing

import httpx


def free_port() -> int:
    """A loopback port that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def answering(url: str, seconds: float = 60) -> None:
    """Waits until a server returns 200."""
    async with asyncio.timeout(seconds), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
