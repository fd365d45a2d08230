"""What production refuses: the sample secrets of .env.example, and servers on this machine."""

import ipaddress
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

SAMPLE = "only-a-sample"
"""Part of every secret in .env.example: a copied one is recognised in any setting."""

SAMPLE_KEY = f"{SAMPLE}-of-a-private-key-for-trying-A="
"""URL-safe base64 of 32 bytes, with readable text."""

STAND_INS = ("temporal_address", "s3_endpoint", "database_url", "redis_url")
"""Servers with data that must not be lost: on loopback they belong to a local stack."""


def sample_secrets(values: Mapping[str, object]) -> Iterator[str]:
    """A sentence for each sample secret, inside a URL, too."""
    for name, value in values.items():
        if isinstance(value, SecretStr) and SAMPLE in value.get_secret_value():
            yield f"{name.upper()} holds the sample of .env.example: make a secret of your own"


def stand_ins(values: Mapping[str, object]) -> Iterator[str]:
    """A sentence for each server on loopback."""
    for name in STAND_INS:
        value = values.get(name)
        if value is not None and _on_loopback(_plain(value)):
            yield f"{name.upper()} is on this machine: production needs a server of its own"


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _on_loopback(address: str) -> bool:
    host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified
