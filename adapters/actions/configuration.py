"""The actuators' file: what may be changed, how, and as which entries of the catalog. Secrets are files."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, model_validator

from adapters.actions.configured import Configured
from adapters.actions.reading import StateFields
from missions.catalog import CatalogEntry
from missions.plan import ActionKind

Seconds = Annotated[float, Field(gt=0, le=300)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class KubernetesCluster(Configured):
    """Where it is: a kubeconfig file, or (none) the service account of the pod that this runs in."""

    namespace: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    kubeconfig: Path | None = None
    context: str | None = None


class ToolCall(Configured):
    """A tool with its arguments, in which `{service}`, `{key}`, `{replicas}` … are filled in."""

    tool: str
    arguments: dict[str, str] = {}


class McpTools(Configured):
    """Which tool reads a target, and which does what. `idempotent`: the server promises to do a key once."""

    state: ToolCall
    fields: StateFields
    actions: dict[ActionKind, ToolCall] = Field(min_length=1)
    idempotent: bool = False


class Commands(Configured):
    """The allow-list: argument vectors, in which `{service}`, `{key}`, `{replicas}` … are filled in.

    `state` prints `name=value` lines; exit code 4 says that there is no such service (as systemctl has it).
    `rehearse` is a dry run, where there is one. `idempotent`: running an action again for a key does nothing.
    """

    state: tuple[str, ...] = Field(min_length=1)
    fields: StateFields
    actions: dict[ActionKind, tuple[str, ...]] = Field(min_length=1)
    rehearse: dict[ActionKind, tuple[str, ...]] = {}
    idempotent: bool = False


class Host(Configured):
    """Where to sign in. The host's key must be in `known_hosts`: an unknown host is never trusted."""

    address: str
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    key_file: Path
    known_hosts: Path


class WebhookConfig(Configured):
    """A target behind three signed calls; the secret has at least 24 bytes."""

    type: Literal["webhook"]
    url: HttpUrl
    secret_file: Path
    idempotent: bool = False
    timeout: Seconds = 30


class McpConfig(Configured):
    """An MCP server: a command that is started for each question, or a URL (streamable HTTP)."""

    type: Literal["mcp"]
    command: tuple[str, ...] = ()
    url: HttpUrl | None = None
    token_file: Path | None = None
    tools: McpTools
    timeout: Seconds = 30

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("give a command or a url, not both")
        return self


class KubernetesConfig(Configured):
    """Deployments of one namespace."""

    type: Literal["kubernetes"]
    cluster: KubernetesCluster
    timeout: Seconds = 30


class SshConfig(Configured):
    """Commands of an allow-list on one host."""

    type: Literal["ssh"]
    host: Host
    commands: Commands
    timeout: Seconds = 60


ActuatorConfig = Annotated[
    WebhookConfig | McpConfig | KubernetesConfig | SshConfig, Field(discriminator="type")
]


class ActuatorsFile(Configured):
    """All of it. An entry of the catalog that names no actuator of the file is refused at the start."""

    actuators: dict[Name, ActuatorConfig] = Field(min_length=1)
    catalog: tuple[CatalogEntry, ...] = Field(min_length=1)
