"""What production refuses: weak and sample secrets, plain http, wide lists, and servers on this machine.

A rule belongs to a type of `runtime/setting_types.py`, not to the name of a setting: the settings are walked
by type, so a new setting is checked like the others.
"""

import ipaddress
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from adapters.browser.addresses import Address
from adapters.browser.own_servers import literal_address

SAMPLE = "only-a-sample"
"""Part of every secret in .env.example: a copied one is recognised in any setting."""

SAMPLE_KEY = f"{SAMPLE}-of-a-private-key-for-trying-A="
"""URL-safe base64 of 32 bytes, with readable text."""

STAND_INS = ("temporal_address", "s3_endpoint", "database_url", "redis_url")
"""Servers with data that must not be lost: on loopback they belong to a local stack."""

CREDENTIAL_BYTES = 8
"""The least length of a credential that another server issued: a password in a URL, a key, a token."""

STRONG_BYTES = 32
"""From this length on a secret is expected to be random, and so to have many different characters."""


@dataclass(frozen=True)
class ProductionRule:
    """Metadata of a type: `complaints` gives what production refuses about a value, each without its name."""

    complaints: Callable[[typing.Any], Iterable[str]]


def refusals(settings: BaseModel) -> Iterator[str]:
    """A sentence for each value that production refuses; it names the setting and shows no value."""
    for name, field in type(settings).model_fields.items():
        for complaint in _complaints(field.annotation, tuple(field.metadata), getattr(settings, name)):
            yield f"{name.upper()} {complaint}"


def rules_of(annotation: object, metadata: tuple[object, ...]) -> tuple[ProductionRule, ...]:
    """The rules of a type: its own, or for every other secret the one of credentials."""
    own = tuple(item for item in metadata if isinstance(item, ProductionRule))
    return own or ((CREDENTIAL,) if annotation is SecretStr else ())


def _complaints(annotation: object, metadata: tuple[object, ...], value: object) -> Iterator[str]:
    """Walks a type together with its value, down to the items of lists and the fields of models."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if value is None:
        return
    if origin is typing.Annotated:
        yield from _complaints(arguments[0], (*metadata, *arguments[1:]), value)
    elif origin in (typing.Union, types.UnionType):
        for argument in arguments:
            yield from _complaints(argument, metadata, value)
    else:
        for rule in rules_of(annotation, metadata):
            yield from rule.complaints(value)
        if origin is tuple and isinstance(value, tuple):
            for item in value:
                yield from _complaints(arguments[0], (), item)
        elif isinstance(value, BaseModel):
            for name, field in type(value).model_fields.items():
                nested = _complaints(field.annotation, tuple(field.metadata), getattr(value, name))
                yield from (f"{name} {complaint}" for complaint in nested)


def secret_rule(
    parts: Callable[[SecretStr], Iterable[str]] = lambda secret: (secret.get_secret_value(),),
    at_least: int = CREDENTIAL_BYTES,
) -> ProductionRule:
    """Refuses samples, short secrets and repetitions. `parts` are the secrets inside of one value."""

    def complaints(value: SecretStr) -> Iterator[str]:
        if SAMPLE in value.get_secret_value():
            yield "holds the sample of .env.example: make a secret of your own"
            return
        yield from dict.fromkeys(filter(None, (_weakness(part, at_least) for part in parts(value))))

    return ProductionRule(complaints)


CREDENTIAL = secret_rule()


def _weakness(secret: str, at_least: int) -> str | None:
    if len(secret.encode()) < at_least:
        return f"holds a secret of less than {at_least} bytes"
    different, period = (8, 16) if len(secret) >= STRONG_BYTES else (5, 5)
    if len(set(secret)) < different or _period(secret) < min(period, len(secret)):
        return "holds a secret that repeats itself: make a random one"
    return None


def _period(text: str) -> int:
    """The length of the shortest beginning whose repetition gives the text: `len(text)` for a random one."""
    return next(length for length in range(1, len(text) + 1) if text.startswith(text[length:]))


def _https(value: str) -> Iterator[str]:
    if urlsplit(value).scheme != "https":
        yield "must begin with https:// in production"


def _https_or_own_machine(value: str) -> Iterator[str]:
    if not on_loopback(value):
        yield from _https(value)


HTTPS = ProductionRule(_https)
HTTPS_OR_OWN_MACHINE = ProductionRule(_https_or_own_machine)
"""For a page that a person may reach through a tunnel: browsers trust http on the person's own machine."""

_WIDEST = {4: 8, 6: 24}
_MOST = {4: 2**26, 6: 2**106}
"""All proxies together: four networks of the widest size."""
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
"""The addresses of IPv4 as a socket of IPv6 sees them."""


def _bounded(networks: tuple[str, ...]) -> Iterator[str]:
    addresses: dict[int, int] = {4: 0, 6: 0}
    for text in networks:
        network = ipaddress.ip_network(text)
        version, width = network.version, network.prefixlen
        if isinstance(network, ipaddress.IPv6Network) and network.overlaps(_MAPPED):
            version, width = 4, max(0, width - _MAPPED.prefixlen)
        if width < _WIDEST[version]:
            yield f"holds {text}: a network of proxies has /{_WIDEST[version]} or less of IPv{version}"
            return
        addresses[version] += network.num_addresses
    if any(addresses[version] > most for version, most in _MOST.items()):
        yield "holds too many addresses: whoever has one of them can invent the address of a client"


BOUNDED_NETWORKS = ProductionRule(_bounded)


def stand_ins(values: Mapping[str, object]) -> Iterator[str]:
    """A sentence for each server on loopback."""
    for name in STAND_INS:
        value = values.get(name)
        if value is not None and on_loopback(_plain(value)):
            yield f"{name.upper()} is on this machine: production needs a server of its own"


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def on_loopback(address: str) -> bool:
    """Whether the host of a URL or of `host:port` is this machine, in whatever notation."""
    host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    try:
        number: Address | None = ipaddress.ip_address(host)
    except ValueError:
        number = literal_address(host)
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    return number is not None and (number.is_loopback or number.is_unspecified)
