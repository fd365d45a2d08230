"""Which addresses a browser may ever be connected to, whoever registered the name that leads there."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# What clouds give to their machines, keys included, is never a dashboard.
_METADATA = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",  # link-local: AWS, Azure, Google and most others
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure's host
        "192.0.0.0/24",  # Oracle, inside what IANA keeps for protocols
        "fe80::/10",
        "fd00:ec2::/32",  # AWS
        "fd20:ce::/32",  # Google
    )
)
# IPv6 forms that carry an IPv4 address: a connection to them ends at that one.
_NAT64 = ip_network("64:ff9b::/96")
_CARRIERS = tuple(ip_network(text) for text in ("::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
_NOWHERE = ip_network("0.0.0.0/8")  # Linux takes it for this machine
_LAST_32 = 0xFFFFFFFF


class Reach(StrEnum):
    """How far away an address is: this machine, a private network, or the world."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"


class ForbiddenAddressError(Exception):
    """Nobody's browser may be connected there; the message says why."""


def reach_of(text: str) -> Reach:
    """How far away an address is. ForbiddenAddressError for metadata services and what is no host."""
    try:
        address: Address = ip_address(text.partition("%")[0])
    except ValueError as error:
        raise ForbiddenAddressError(f"{text!r} is no address") from error
    if isinstance(address, IPv6Address):
        address = _plain(address)
    if any(address.version == network.version and address in network for network in _METADATA):
        raise ForbiddenAddressError(f"{address} belongs to a metadata service")
    if address.is_loopback:  # first: Python calls ::1 reserved as well
        return Reach.LOOPBACK
    if address.is_multicast or address.is_unspecified or address.is_reserved or address in _NOWHERE:
        raise ForbiddenAddressError(f"{address} is no host")
    return Reach.PUBLIC if address.is_global else Reach.PRIVATE


def _plain(address: IPv6Address) -> Address:
    """The IPv4 address inside, where an IPv6 address is only its wrapping."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        inside = IPv4Address(int(address) & _LAST_32)
        if not inside.is_global:
            raise ForbiddenAddressError(f"{address} hides {inside}")
        return inside
    if not address.is_loopback and any(address in network for network in _CARRIERS):
        raise ForbiddenAddressError(f"{address} may hide another address")
    return address
