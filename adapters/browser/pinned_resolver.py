import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from ipaddress import ip_address

from adapters.browser.addresses import AddressScope, ForbiddenAddressError, scope_of

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Resolves a name to its addresses. Raises OSError where it has none."""

RESOLVE_S = 5.0


async def system_resolver(name: str) -> Sequence[str]:
    """The addresses from the machine's resolver."""
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(socket_address[0]) for *_, socket_address in infos))


class PinnedResolver:
    """Resolves each host once per visit and checks every address; later requests get the same addresses.

    `public_names` are the names that have resolved to public addresses, for as long as the worker lives. Such
    a name may not resolve to a private address later: that is DNS rebinding, or needs a restart.
    """

    def __init__(self, resolve: Resolve, public_names: MutableMapping[str, None]) -> None:
        self._resolve = resolve
        self._public_names = public_names
        self._resolving: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        """The checked addresses. Raises ForbiddenAddressError; OSError and TimeoutError if there are none."""
        if host not in self._resolving:
            self._resolving[host] = asyncio.create_task(self._checked(host))
        # The cancellation of one caller must not cancel the lookup for the others.
        return await asyncio.shield(self._resolving[host])

    def close(self) -> None:
        """Cancels open lookups."""
        for task in self._resolving.values():
            task.cancel()

    async def _checked(self, host: str) -> tuple[str, ...]:
        if _is_address(host):
            scope_of(host)
            return (host,)
        if host == "localhost" or host.endswith(".localhost"):
            return ("127.0.0.1", "::1")  # RFC 6761: never resolved by DNS
        async with asyncio.timeout(RESOLVE_S):
            addresses = tuple(await self._resolve(host))
        scopes = {scope_of(address) for address in addresses}
        if AddressScope.LOOPBACK in scopes:
            raise ForbiddenAddressError(f"{host} leads to this machine: only localhost may")
        is_public = AddressScope.PUBLIC in scopes
        if AddressScope.PRIVATE in scopes and (is_public or host in self._public_names):
            raise ForbiddenAddressError(f"{host} led outside and now leads inside")
        if is_public:
            self._public_names[host] = None
        if not addresses:
            raise OSError(f"{host} has no address")
        return addresses


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
