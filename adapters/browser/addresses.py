"""The addresses that no browser may be connected to, whatever name resolves to them."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Metadata services of clouds hand out credentials and are never a dashboard.
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
# IPv6 addresses that embed an IPv4 address: a connection to them reaches the IPv4 address.
_NAT64 = ip_network("64:ff9b::/96")
_EMBEDDING = tuple(ip_network(text) for text in ("::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
_THIS_NETWORK = ip_network("0.0.0.0/8")  # Linux connects it to this machine
_LAST_32 = 0xFFFFFFFF


class AddressScope(StrEnum):
    """Where an address belongs: this machine, a private network, or the public internet."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"


class ForbiddenAddressError(Exception):
    """No browser may be connected to this address; the message says why."""


def canonical(text: str) -> Address:
    """The address that a connection reaches: of an embedding IPv6 address, the embedded one.

    Raises ForbiddenAddressError for text that is no address, or hides one.
    """
    try:
        address: Address = ip_address(text.partition("%")[0])
    except ValueError as error:
        raise ForbiddenAddressError(f"{text!r} is no address") from error
    return _without_embedding(address) if isinstance(address, IPv6Address) else address


def scope_of(text: str) -> AddressScope:
    """The address's scope. Raises ForbiddenAddressError for metadata services and for no host's address."""
    address = canonical(text)
    if any(address.version == network.version and address in network for network in _METADATA):
        raise ForbiddenAddressError(f"{address} belongs to a metadata service")
    if address.is_loopback:  # first: Python calls ::1 reserved, too
        return AddressScope.LOOPBACK
    if address.is_multicast or address.is_unspecified or address.is_reserved or address in _THIS_NETWORK:
        raise ForbiddenAddressError(f"{address} is no host")
    return AddressScope.PUBLIC if address.is_global else AddressScope.PRIVATE


def _without_embedding(address: IPv6Address) -> Address:
    """The embedded IPv4 address of an IPv6 address that has one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        embedded = IPv4Address(int(address) & _LAST_32)
        if not embedded.is_global:
            raise ForbiddenAddressError(f"{address} hides {embedded}")
        return embedded
    plain = address.is_loopback or address.is_unspecified
    if not plain and any(address in network for network in _EMBEDDING):
        raise ForbiddenAddressError(f"{address} may hide another address")
    return address
