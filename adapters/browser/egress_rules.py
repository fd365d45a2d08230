from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from adapters.browser.addresses import AddressScope, ForbiddenAddressError, canonical, scope_of
from adapters.browser.own_servers import OwnServers

Network = IPv4Network | IPv6Network
LOOPBACK = ("127.0.0.0/8", "::1/128")
"""The networks of this machine alone."""


class EgressRules:
    """Which addresses browsers may reach, whatever a connector says.

    Of private networks, this machine included, only the listed ones; never one of the product's own servers.
    """

    def __init__(self, own: OwnServers, private_networks: Iterable[str]) -> None:
        """Networks are written as `10.0.0.0/8`. Raises ValueError for anything else."""
        self._own = own
        self._private_networks: tuple[Network, ...] = tuple(map(ip_network, private_networks))

    async def check(self, host: str, addresses: Sequence[str], port: int) -> None:
        """Raises ForbiddenAddressError if this host must not be reached at one of these addresses."""
        for address in addresses:
            if scope_of(address) is not AddressScope.PUBLIC and not self._is_listed(address):
                raise ForbiddenAddressError(
                    f"{address} is in a private network that BROWSER_PRIVATE_NETWORKS does not list"
                )
        if await self._own.find(host, map(canonical, addresses), port) is not None:
            raise ForbiddenAddressError(
                f"{host}:{port} is a server of this installation, see OWN_SERVERS: no dashboard may be there"
            )

    def _is_listed(self, text: str) -> bool:
        address = canonical(text)
        return any(
            address.version == network.version and address in network for network in self._private_networks
        )
