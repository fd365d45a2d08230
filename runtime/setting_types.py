"""The types of settings. A value of another type is refused before the process starts."""

import ipaddress
import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints

from adapters.browser.own_servers import own_server
from adapters.credentials.keys import private_key, public_key
from missions.errors import InvalidError
from missions.strict_model import StrictModel
from runtime.production import (
    BOUNDED_NETWORKS,
    HTTPS,
    HTTPS_OR_OWN_MACHINE,
    STRONG_BYTES,
    secret_rule,
)

_ADDRESS = re.compile(r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$")
_ORIGIN = re.compile(r"^https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$")
_PASSWORD = re.compile(r"^[A-Za-z0-9_.~-]{16,}$")


class Environment(StrEnum):
    """Production refuses sample secrets and servers of the local stack."""

    LOCAL = "local"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How logs are written to standard error."""

    JSON = "json"
    PRETTY = "pretty"


class LogLevel(StrEnum):
    """Python's levels, in capitals or not."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls._member_map_.get(str(value).upper())  # type: ignore[return-value]  # its values are members


def _address(value: str) -> str:
    match = _ADDRESS.match(value)
    if match is None or not 0 < int(match[2]) <= 65535:  # noqa: PLR2004  the last port
        raise ValueError("must be host:port")
    return value


def _has_scheme(value: str, *schemes: str) -> None:
    # The message does not quote the value: it may contain a password.
    expected = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"must be a URL that begins with {expected}") from None
    if parts.scheme not in schemes or not host:
        raise ValueError(f"must be a URL that begins with {expected}")


def _http(value: str) -> str:
    _has_scheme(value, "http", "https")
    return value


def _origin(value: str) -> str:
    _has_scheme(value, "http", "https")
    if not _ORIGIN.fullmatch(value):
        raise ValueError("must be an origin: https://host, or https://host:port")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("must be an IP address, or a network such as 10.1.0.0/16") from None
    return value


def _url_password(value: SecretStr) -> tuple[str]:
    return (unquote(urlsplit(value.get_secret_value()).password or ""),)


def _database(value: SecretStr) -> SecretStr:
    _has_scheme(value.get_secret_value(), "postgresql+psycopg")
    return value


def _redis(value: SecretStr) -> SecretStr:
    _has_scheme(value.get_secret_value(), "redis", "rediss")
    return value


def _password(value: SecretStr) -> SecretStr:
    if not _PASSWORD.match(value.get_secret_value()):
        raise ValueError("must have at least 16 letters, digits, or _ . ~ - (it becomes part of a URL)")
    return value


def _seconds(value: object) -> object:
    """Reads digits as seconds: pydantic does it for an int, but not for a str."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _public_key(value: str) -> str:
    try:
        public_key(value)
    except InvalidError:
        raise ValueError(
            "must be URL-safe base64 of 32 bytes: `ops-agent owner browser-key` makes one"
        ) from None
    return value


def _private_keys(value: SecretStr) -> SecretStr:
    try:
        for text in value.get_secret_value().split(","):
            private_key(text.strip())
    except InvalidError:
        raise ValueError("must be URL-safe base64 of 32 bytes each, with commas between") from None
    return value


def _own_server(value: str) -> str:
    own_server(value)
    return value


def _private_network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("must be networks such as 10.0.0.0/8") from None
    if network.is_global:
        raise ValueError(f"{value} is no private network: connectors alone decide about public addresses")
    return value


SECRET_BYTES = STRONG_BYTES


def _strong(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < SECRET_BYTES:
        raise ValueError(f"must have at least {SECRET_BYTES} bytes")
    return secret


def _each_strong(secrets: SecretStr) -> SecretStr:
    for secret in listed(secrets):
        _strong(SecretStr(secret))
    return secrets


def listed(secrets: SecretStr) -> list[str]:
    """The parts of a comma-separated list of secrets."""
    return [part.strip() for part in secrets.get_secret_value().split(",")]


def _each_named(secrets: SecretStr) -> SecretStr:
    for name, key in named(secrets).items():
        if not name or not key:
            raise ValueError("must be name:key, with commas between")
        _strong(SecretStr(key))
    return secrets


def named(secrets: SecretStr) -> dict[str, str]:
    """Key by name, from a comma-separated list of `name:key`."""
    parts = (part.partition(":") for part in listed(secrets))
    return {name.strip(): key.strip() for name, _, key in parts}


Duration = Annotated[timedelta, BeforeValidator(_seconds)]
Address = Annotated[str, AfterValidator(_address)]
OwnServerAddress = Annotated[str, AfterValidator(_own_server)]
PrivateNetwork = Annotated[str, AfterValidator(_private_network)]
PublicKey = Annotated[str, AfterValidator(_public_key)]
HttpUrl = Annotated[str, AfterValidator(_http), HTTPS]
PrivateNetworkUrl = Annotated[str, AfterValidator(_http)]
"""Of a server in the installation's own network, where plain http is accepted."""
UiUrl = Annotated[str, AfterValidator(_http), HTTPS_OR_OWN_MACHINE]
Origin = Annotated[str, AfterValidator(_origin), HTTPS]
ProxyNetworks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], BOUNDED_NETWORKS]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database), secret_rule(_url_password)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis), secret_rule(_url_password)]
Password = Annotated[SecretStr, AfterValidator(_password), secret_rule(at_least=16)]
StrongSecret = Annotated[SecretStr, AfterValidator(_strong), secret_rule(at_least=SECRET_BYTES)]
StrongSecrets = Annotated[SecretStr, AfterValidator(_each_strong), secret_rule(listed, SECRET_BYTES)]
NamedSecrets = Annotated[
    SecretStr, AfterValidator(_each_named), secret_rule(lambda secrets: named(secrets).values(), SECRET_BYTES)
]
PrivateKeys = Annotated[SecretStr, AfterValidator(_private_keys), secret_rule(listed, SECRET_BYTES)]


class OidcProvider(StrictModel):
    """An OpenID issuer, which is found by discovery. `name` is part of its redirect address."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    issuer: HttpUrl
    client_id: str
    client_secret: SecretStr
    scope: str = "openid"
