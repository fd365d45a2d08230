"""The product's own servers, which no browser may reach: no connector can allow one."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil

from adapters.browser.addresses import Address, ForbiddenAddressError, canonical
from adapters.browser.pinned_resolver import Resolve, system_resolver

_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "postgresql+psycopg": 5432}
_EVERY_PORT = ":*"
_RESOLVE_S = 2.0
_FRESH_S = 30.0


class OwnServer(NamedTuple):
    """A host, as a name or a number, and its port; None for each of its ports."""

    host: str
    port: int | None


def own_server(text: str) -> OwnServer:
    """Reads `host:port`, `host:*`, or a URL. Raises ValueError for anything else."""
    is_url, every_port = "://" in text, text.endswith(_EVERY_PORT)
    parts = urlsplit(text if is_url else f"//{text.removesuffix(_EVERY_PORT)}")
    port = (parts.port or _PORTS.get(parts.scheme)) if is_url else parts.port
    is_place = is_url or (parts.netloc == text.removesuffix(_EVERY_PORT) and "@" not in text)
    if not parts.hostname or not is_place or text.split() != [text] or (port is None) != every_port:
        raise ValueError("must be host:port, host:* or a URL")
    return OwnServer(_host(parts.hostname), port)


def literal_address(host: str) -> Address | None:
    """The address that a host means without DNS; None for all other names.

    It may be written as a browser takes it, such as 127.1, 0x7f000001 or `localhost.`.
    """
    host = _host(host)
    if host == "localhost" or host.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    with suppress(ForbiddenAddressError):
        return canonical(host)
    with suppress(OSError):
        return IPv4Address(socket.inet_aton(host))
    return None


def interface_addresses() -> frozenset[Address]:
    """The addresses of this machine's network interfaces."""
    addresses = set[Address]()
    for entries in psutil.net_if_addrs().values():
        for entry in entries:
            with suppress(ValueError):  # a hardware address
                addresses.add(ip_address(entry.address.partition("%")[0]))
    return frozenset(addresses)


class OwnServers:
    """Finds the own server that a connection would reach. Names are resolved again after 30 s.

    A server on this machine is found at each of the machine's addresses: it may listen on all of them.
    """

    def __init__(
        self,
        servers: Iterable[str],
        resolve: Resolve = system_resolver,
        interfaces: Callable[[], frozenset[Address]] = interface_addresses,
    ) -> None:
        """ValueError where one is neither `host:port`, `host:*` nor a URL."""
        self._addresses: dict[OwnServer, frozenset[Address]] = {
            own_server(text): frozenset() for text in servers
        }
        self._resolve = resolve
        self._interfaces = interfaces
        self._here: frozenset[Address] = frozenset()
        self._fresh_until = 0.0
        self._refreshing = asyncio.Lock()

    async def find(self, host: str, addresses: Iterable[Address], port: int) -> OwnServer | None:
        """The own server at one of these addresses, or with this name, and with this port."""
        await self._refresh()
        places = tuple(addresses)
        for server, own in self._addresses.items():
            if server.port not in (None, port):
                continue
            if server.host == _host(host) or any(self._is_at(place, own) for place in places):
                return server
        return None

    def _is_at(self, place: Address, own: frozenset[Address]) -> bool:
        return place in own or (self._is_here(place) and any(map(self._is_here, own)))

    def _is_here(self, address: Address) -> bool:
        return address.is_loopback or address.is_unspecified or address in self._here

    async def _refresh(self) -> None:
        async with self._refreshing:
            if time.monotonic() < self._fresh_until:
                return
            self._here = self._interfaces()
            servers = tuple(self._addresses)
            results = await asyncio.gather(*map(self._resolved, servers))
            for server, addresses in zip(servers, results, strict=True):
                # A name without an answer keeps its addresses. One that never had an answer belongs to a
                # server on a network that this process does not share.
                self._addresses[server] = addresses or self._addresses[server]
            self._fresh_until = time.monotonic() + _FRESH_S

    async def _resolved(self, server: OwnServer) -> frozenset[Address]:
        address = literal_address(server.host)
        if address is not None:
            return frozenset({address})
        texts: Sequence[str] = ()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_RESOLVE_S):
                texts = await self._resolve(server.host)
        return frozenset(address for text in texts if (address := literal_address(text)) is not None)


def _host(text: str) -> str:
    return text.rstrip(".").lower()
