"""`python -m runtime.configuration` writes docs/configuration.md and .env.example from the settings."""

import re
import types
import typing
from enum import Enum
from pathlib import Path

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from adapters.credentials.keys import public_of
from runtime.engine_settings import AnalyzeSettings, ProposeSettings
from runtime.local_settings import (
    ROOT,
    CliSettings,
    DemoSettings,
    FuzzSettings,
    LabBenchSettings,
    LabRecordSettings,
    LabSettings,
    SemanticsBenchSettings,
)
from runtime.owner_settings import (
    AuditSettings,
    BucketSettings,
    IdentitySettings,
    LinkSettings,
    LoginSettings,
    OwnerSettings,
    TemporalSettings,
)
from runtime.process_settings import ActionsSettings, ApiSettings, BrowserSettings, MissionsSettings
from runtime.production import SAMPLE, SAMPLE_KEY
from runtime.settings import BrowserKeySettings

PROCESSES: dict[str, type[BaseSettings]] = {
    "api": ApiSettings,
    "missions": MissionsSettings,
    "browser": BrowserSettings,
    "actions": ActionsSettings,
}
OWNER: dict[str, type[BaseSettings]] = {
    "migrate": OwnerSettings,
    "bootstrap, password": LinkSettings,
    "audit verify": AuditSettings,
    "logins": LoginSettings,
    "identities": IdentitySettings,
    "bucket": BucketSettings,
    "namespace, health": TemporalSettings,
    "browser-key": BrowserKeySettings,
}
ENGINES: dict[str, type[BaseSettings]] = {"analyze": AnalyzeSettings, "propose": ProposeSettings}
LOCAL: dict[str, type[BaseSettings]] = {
    "ops-agent": CliSettings,
    "demo": DemoSettings,
    "lab": LabSettings,
    "fuzz": FuzzSettings,
    "lab-record": LabRecordSettings,
    "bench lab": LabBenchSettings,
    "bench semantics": SemanticsBenchSettings,
}
SERVERS = {
    "POSTGRES_PASSWORD": "The database owner's password",
    "TEMPORAL_DATABASE_PASSWORD": "Of Temporal's own database login",
    "ACTUATORS_FOLDER": "Where `actuators.json` is, and the secrets that it names",
    "S3_SIGNING_KEY": "What SeaweedFS' parts sign their requests to each other with",
}
"""Variables of docker-compose.yml that no process of ours reads."""
EXAMPLES = {
    "ENVIRONMENT": "local",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "S3_PUBLIC_ENDPOINT": "http://127.0.0.1:8333",
    "BROWSER_PRIVATE_KEYS": SAMPLE_KEY,
    "BROWSER_PUBLIC_KEY": public_of(SAMPLE_KEY),
}
COMPOSE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+):([?-])([^}]*)\}")
_HEAD = """# Configuration

Written by `make configuration` from the settings in `runtime/`; `make check` fails when it is out of date.

Settings are environment variables. A process reads its own and no others; an empty one counts as not set;
with a wrong one the process does not start, and one line says which. `ENVIRONMENT` is `production` unless
it says `local`. With `ENVIRONMENT=local` each process logs a warning when it starts. Production refuses:

- the samples of [.env.example](../.env.example), and servers on this machine
- secrets of less than 32 bytes, where this product alone uses them; of less than 16 bytes for the passwords
  that `ops-agent owner` sets; of less than 8 bytes for what another server issued, also inside a URL
- secrets with few different characters (8, or 5 in less than 32 bytes), or that repeat a short beginning
- addresses without `https://`: of pages, origins, OpenID issuers, gateways and engines. `S3_ENDPOINT` may be
  plain http in a network of your own if people have `S3_PUBLIC_ENDPOINT`; `TEMPORAL_UI_URL` may be on the
  reader's own machine (a tunnel)
- `ALLOWED_ORIGINS` that are no exact origins, so `*` and `null`
- `TRUSTED_PROXIES` wider than /8 (IPv6: /24), or with more than four such networks together
- a browser without its sandbox

There are no feature flags: what may vary is a setting below.
"""


def described(classes: dict[str, type[BaseSettings]]) -> dict[str, tuple[list[str], FieldInfo]]:
    """Each variable with its readers and its field. ValueError where one name has two descriptions."""
    variables: dict[str, tuple[list[str], FieldInfo]] = {}
    for reader, settings in classes.items():
        for attribute, field in settings.model_fields.items():
            name = str(field.validation_alias or attribute.upper())
            readers, first = variables.setdefault(name, ([], field))
            if not field.description or field.description != first.description:
                raise ValueError(f"{name} has no description, or two")
            readers.append(reader)
    return variables


def page() -> str:
    """docs/configuration.md."""
    parts = [_HEAD]
    for title, classes in (
        ("The processes", PROCESSES),
        ("What the owner runs: `ops-agent owner …`", OWNER),
        ("The engines for other programs: `python -m servers …`", ENGINES),
        ("The local stack, the demo and the lab", LOCAL),
    ):
        parts += [
            f"## {title}\n",
            "| setting | read by | type | default | meaning |",
            "|---|---|---|---|---|",
        ]
        for name, (readers, field) in described(classes).items():
            names = "all" if classes is PROCESSES and len(readers) == len(classes) else ", ".join(readers)
            cells = (f"`{name}`", names, _type(field), _default(field), str(field.description))
            parts.append("| " + " | ".join(cells) + " |")
        parts.append("")
    parts += ["## The servers of docker-compose.yml\n", "| setting | meaning |", "|---|---|"]
    parts += [f"| `{name}` | {meaning} |" for name, meaning in SERVERS.items()]
    return "\n".join(parts) + "\n"


def example(compose: str) -> str:
    """.env.example: every variable of this docker-compose.yml. KeyError for one without a description."""
    fields = described(OWNER) | described(PROCESSES)
    descriptions = {name: str(field.description) for name, (_, field) in fields.items()} | SERVERS
    lines = [
        "# Written by `make configuration`. For docker compose: cp .env.example .env",
        "# Every secret is a sample that production refuses: openssl rand -hex 24 makes one of your own.",
    ]
    variables = {match[1]: (match[2], match[3]) for match in _VARIABLE.finditer(compose)}
    for name, (kind, default) in variables.items():
        lines += ["", f"# {descriptions[name]}"]
        required = kind == "?"
        lines.append(f"{name}={_example(name)}" if required else f"#{name}={default}")
    return "\n".join(lines) + "\n"


def _example(name: str) -> str:
    return EXAMPLES.get(name) or f"{SAMPLE}-of-{name.lower().replace('_', '-')}-for-trying"


def _type(field: FieldInfo) -> str:
    bounds = {type(bound): bound for bound in field.metadata}
    least, most = bounds.get(Ge), bounds.get(Le)
    if isinstance(least, Ge) and isinstance(most, Le):
        return f"{least.ge} to {most.le}"
    return _word(field.annotation)


def _word(kind: object) -> str:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return _word(next(part for part in typing.get_args(kind) if part is not types.NoneType))
    if typing.get_origin(kind) is typing.Annotated:
        return _word(typing.get_args(kind)[0])
    if typing.get_origin(kind) is tuple:
        return "JSON list"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{member.value}`" for member in kind)
    if isinstance(kind, type) and issubclass(kind, Path):
        return "path"
    return {bool: "`true` or `false`", int: "number", SecretStr: "secret"}.get(
        typing.cast("type", kind), "text"
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default.value if isinstance(field.default, Enum) else field.default
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        value = value.relative_to(ROOT)
    return "" if value in (None, ()) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def main() -> None:
    """Writes both files."""
    (ROOT / "docs" / "configuration.md").write_text(page())
    (ROOT / ".env.example").write_text(example(COMPOSE.read_text()))


if __name__ == "__main__":
    main()
