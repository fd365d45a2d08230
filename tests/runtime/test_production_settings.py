"""Production refuses weak settings by their type, so a new setting is checked like the others."""

import json
import typing
from collections.abc import Iterator

import pytest
from api_environment import GOOD, read
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import BaseSettings

from runtime.configuration import ENGINES, OWNER, PROCESSES
from runtime.process_settings import ApiSettings
from runtime.production import ProductionRule, rules_of
from runtime.setting_types import PublicKey
from runtime.settings import PlacedSettings, load

STRONG = "Zq8-unusual-and-long-enough-w0rds-hidden"
BY_HAND = {"migrate", "bootstrap, password", "audit verify", "namespace, health", "browser-key"}
"""Commands that a person runs once: they start no process, and set no secret."""
PRIVATE = {"s3_endpoint"}
"""Of a server in the installation's own network."""


def provider(**changes: str) -> str:
    values = {"name": "corp", "issuer": "https://id.example", "clientId": "ops", "clientSecret": STRONG}
    return json.dumps([values | changes])


def listed(*values: str) -> str:
    return json.dumps(values)


REFUSED = [
    ("ALLOWED_ORIGINS", listed("*")),
    ("ALLOWED_ORIGINS", listed("null")),
    ("ALLOWED_ORIGINS", listed("http://console.example")),
    ("ALLOWED_ORIGINS", listed("https://console.example", "http://127.0.0.1:5173")),
    ("ALLOWED_ORIGINS", listed("https://*.example/path")),
    ("ALLOWED_ORIGINS", listed("https://*.example")),
    ("ALLOWED_ORIGINS", listed("https://*")),
    ("ALLOWED_ORIGINS", listed("https://user@console.example")),
    ("ALLOWED_ORIGINS", listed("file://")),
    ("ALLOWED_ORIGINS", listed("")),
    ("TRUSTED_PROXIES", listed("0.0.0.0/0")),
    ("TRUSTED_PROXIES", listed("10.0.0.1", "::/0")),
    ("TRUSTED_PROXIES", listed("128.0.0.0/1")),
    ("TRUSTED_PROXIES", listed("64.0.0.0/7")),
    ("TRUSTED_PROXIES", listed("2002::/16")),
    ("TRUSTED_PROXIES", listed("::ffff:0:0/96")),
    ("TRUSTED_PROXIES", listed("::ffff:0.0.0.0/97")),
    ("TRUSTED_PROXIES", listed("::/24")),
    ("TRUSTED_PROXIES", listed("::/80")),
    ("TRUSTED_PROXIES", listed("10.0.0.1", "::fffe:0:0/95")),
    ("TRUSTED_PROXIES", listed(*(f"{number}.0.0.0/8" for number in range(1, 200)))),
    ("TRUSTED_PROXIES", listed("*")),
    ("TRUSTED_PROXIES", listed("proxy.example")),
    ("TRUSTED_PROXIES", listed("10.0.0.1/8")),
    ("OIDC_PROVIDERS", provider(issuer="http://id.example")),
    ("OIDC_PROVIDERS", provider(clientSecret="x")),
    ("OIDC_PROVIDERS", provider(clientSecret="y" * 40)),
    ("SECURE_MCP_GATEWAY_URL", "http://gateway.example"),
    ("S3_PUBLIC_ENDPOINT", "http://files.example"),
    ("TEMPORAL_UI_URL", "http://temporal.example"),
    ("PUBLIC_URL", "http://127.0.0.1:8000"),
    ("JWT_SECRET", "j" * 40),
    ("JWT_SECRET", "ab" * 20),
    ("JWT_SECRET", "abcdefghi" * 4),
    ("SEAL_SECRET", "abcdefg" * 6),
    ("METRICS_TOKEN", "0" * 40),
    ("METRICS_TOKEN", "m"),
    ("PAYLOAD_KEYS", f"{STRONG}, {'p' * 40}"),
    ("DATABASE_URL", "postgresql+psycopg://api:x@db.example/ops"),
    ("DATABASE_URL", "postgresql+psycopg://api@db.example/ops"),
    ("DATABASE_URL", "postgresql+psycopg://api:aaaaaaaaaaaaaaaaaaaa@db.example/ops"),
    ("REDIS_URL", "redis://api:%78@redis.example/0"),
    ("REDIS_URL", "redis://redis.example/0"),
    ("REDIS_URL", "redis://a:redis-hidden@127.1/0"),
    ("DATABASE_URL", "postgresql+psycopg://a:database-hidden@0x7f000001/x"),
    ("S3_ENDPOINT", "http://2130706433:8333"),
    ("S3_SECRET_KEY", "s"),
    ("S3_SECRET_KEY", "ssssssssssssssssssssssssssssssssssssssss"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=lambda value: str(value)[:40])
def test_au18_production_refuses_it_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The process does not start, and the one line has the setting's name and no secret."""
    with pytest.raises(ValidationError):
        read(monkeypatch, **{name: value})
    with pytest.raises(SystemExit) as ended:
        load(ApiSettings)
    line = str(ended.value.code)
    assert line.startswith(f"Settings: {name}")
    assert "\n" not in line
    assert "hidden" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_ORIGINS", listed("https://console.example", "https://console.example:8443")),
        ("TRUSTED_PROXIES", listed("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00:1::/32", "::1")),
        ("TRUSTED_PROXIES", listed("104.16.0.0/13", "2606:4700::/32")),
        ("OIDC_PROVIDERS", provider()),
        ("TEMPORAL_UI_URL", "http://127.0.0.1:8233"),
        ("TEMPORAL_UI_URL", "https://temporal.example"),
        ("S3_PUBLIC_ENDPOINT", "https://files.example"),
        ("JWT_SECRET", "7f3a91c05be2d8467f1c23aa90d4e1b85566f0a2c4d7e983"),
        ("DATABASE_URL", "postgresql+psycopg://api:p%40ss-w0rd@db.example/ops"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_au18_production_starts_with_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Ordinary values of the same settings are accepted."""
    read(monkeypatch, **{name: value})


def test_au18_s3_may_be_in_a_network_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes may use plain http for S3 only where people have another address of it."""
    with pytest.raises(ValidationError, match="S3_PUBLIC_ENDPOINT must be set"):
        read(monkeypatch, S3_ENDPOINT="http://seaweedfs:8333")
    addresses = {"S3_ENDPOINT": "http://seaweedfs:8333", "S3_PUBLIC_ENDPOINT": "https://files.example"}
    assert read(monkeypatch, **addresses).s3_endpoint == "http://seaweedfs:8333"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PUBLIC_URL", "http://127.0.0.1:8000"), ("JWT_SECRET", "j" * 40), ("S3_SECRET_KEY", "s")],
)
def test_au18_one_machine_may_be_weak(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """With ENVIRONMENT=local the same values start a process."""
    read(monkeypatch, ENVIRONMENT="local", **{name: value})


Leaf = tuple[str, object, tuple[object, ...]]


def leaves(annotation: object, metadata: tuple[object, ...], path: str) -> Iterator[Leaf]:
    """Each plain type inside of a type, with its metadata and the names that lead to it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        yield from leaves(arguments[0], (*metadata, *arguments[1:]), path)
    elif arguments:
        for argument in arguments:
            yield from leaves(argument, metadata, path)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from leaves(field.annotation, tuple(field.metadata), f"{path}.{name}")
    else:
        yield path, annotation, metadata


def of_classes(classes: dict[str, type[BaseSettings]]) -> Iterator[Leaf]:
    for settings in classes.values():
        for name, field in settings.model_fields.items():
            yield from leaves(field.annotation, tuple(field.metadata), name)


PLACED = {name: kind for name, kind in (PROCESSES | OWNER | ENGINES).items() if name not in BY_HAND}


def test_au18_every_secret_and_address_has_a_rule() -> None:
    """A field that is a secret or names an address has a rule, whatever its class is called."""
    uncovered, secrets = set(), set()
    for path, kind, metadata in of_classes(PLACED):
        name = path.rpartition(".")[2]
        is_secret = kind is SecretStr
        is_address = kind is str and any(
            word in name for word in ("url", "endpoint", "issuer", "origin", "proxies")
        )
        if is_secret:
            secrets.add(path)
        if (is_secret or is_address) and not rules_of(kind, metadata) and path not in PRIVATE:
            uncovered.add(path)
        if any(word in name for word in ("secret", "password", "token")) and kind is str:
            uncovered.add(path)  # it would be shown in a log
    assert uncovered == set()
    assert {"jwt_secret", "oidc_providers.client_secret", "approval_keys", "browser_private_keys"} <= secrets
    assert {"secure_mcp_gateway_token", "secure_mcp_gateway_api_key", "redis_url"} <= secrets


def test_au18_every_process_is_checked() -> None:
    """Each class of settings that starts a process, or sets a password, knows its environment."""
    assert [name for name, kind in PLACED.items() if not issubclass(kind, PlacedSettings)] == []
    assert set(OWNER) >= BY_HAND


class _NewSettings(PlacedSettings):
    """A class that nobody has listed anywhere."""

    new_secret: SecretStr | None = None
    new_origins: tuple[typing.Annotated[str, ProductionRule(lambda _: ["is refused"])], ...] = ()
    key: PublicKey | None = None


def test_au18_a_new_setting_is_covered() -> None:
    """A new secret has the rule of credentials, in an optional field as well; a rule applies in a list."""
    with pytest.raises(ValidationError, match="NEW_SECRET holds a secret of less than"):
        _NewSettings(new_secret=SecretStr("x"))
    with pytest.raises(ValidationError, match="NEW_ORIGINS is refused"):
        _NewSettings(new_origins=("anything",))
    assert _NewSettings(new_secret=SecretStr(GOOD["S3_SECRET_KEY"])).new_origins == ()
