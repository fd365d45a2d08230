import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from ipaddress import ip_address

from adapters.browser.addresses import ForbiddenAddressError, Reach, reach_of

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""A name's addresses. Raises OSError where it has none."""

RESOLVE_S = 5.0


async def system_resolver(name: str) -> Sequence[str]:
    """What the machine's resolver says."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class Pins:
    """What each host means during one visit: asked once, every address checked, never asked again.

    `outside` remembers the names that once led into the world, for as long as the worker lives: such a
    name never leads inside later. That is DNS rebinding, or needs a restart.
    """

    def __init__(self, resolve: Resolve, outside: MutableMapping[str, None]) -> None:
        self._resolve = resolve
        self._outside = outside
        self._asked: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        """The checked addresses. ForbiddenAddressError; OSError and TimeoutError where there are none."""
        if host not in self._asked:
            self._asked[host] = asyncio.create_task(self._ask(host))
        # One asker that goes away must not take the answer from the others.
        return await asyncio.shield(self._asked[host])

    def close(self) -> None:
        """Stops asking."""
        for task in self._asked.values():
            task.cancel()

    async def _ask(self, host: str) -> tuple[str, ...]:
        if _is_address(host):
            reach_of(host)
            return (host,)
        if host == "localhost" or host.endswith(".localhost"):
            return ("127.0.0.1", "::1")  # RFC 6761: nobody is asked
        async with asyncio.timeout(RESOLVE_S):
            found = tuple(await self._resolve(host))
        reaches = {reach_of(address) for address in found}
        if Reach.LOOPBACK in reaches:
            raise ForbiddenAddressError(f"{host} leads to this machine: only localhost may")
        if Reach.PRIVATE in reaches and (Reach.PUBLIC in reaches or host in self._outside):
            raise ForbiddenAddressError(f"{host} led outside and now leads inside")
        if Reach.PUBLIC in reaches:
            self._outside[host] = None
        if not found:
            raise OSError(f"{host} has no address")
        return found


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
