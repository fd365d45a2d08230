"""The actuators' file: targets, how to change them, and the catalog of actions. Secrets are in files."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, model_validator

from adapters.actions.target_state import StateFields
from missions.catalog import Catalog, CatalogEntry
from missions.organization import OrganizationSlug
from missions.plan import ActionKind
from missions.proposal import ActionPlace
from missions.strict_model import StrictModel

Seconds = Annotated[float, Field(gt=0, le=300)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


Place = Annotated[str, Field(max_length=100)]


class KubernetesCluster(StrictModel):
    """A namespace of a cluster: by a kubeconfig file, or without one by the service account of this pod.

    `name` is the cluster's name as the labels of its metrics have it, or the dashboards' configuration.
    """

    name: Place = ""
    namespace: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    kubeconfig: Path | None = None
    context: str | None = None


class ToolCall(StrictModel):
    """A tool with its arguments. They may have placeholders, e.g. `{service}`, `{key}`, `{replicas}`."""

    tool: str
    arguments: dict[str, str] = {}


class McpTools(StrictModel):
    """The tools that read a target and change it. `idempotent`: the server executes a key at most once."""

    state: ToolCall
    fields: StateFields
    actions: dict[ActionKind, ToolCall] = Field(min_length=1)
    idempotent: bool = False


class Commands(StrictModel):
    """The allow-list: argument vectors with placeholders, e.g. `{service}`, `{key}`, `{replicas}`.

    `state` prints `name=value` lines; exit code 4 means an unknown service, as with systemctl. `rehearse` is
    an optional dry run. `idempotent`: an action that runs again for the same key changes nothing.
    """

    state: tuple[str, ...] = Field(min_length=1)
    fields: StateFields
    actions: dict[ActionKind, tuple[str, ...]] = Field(min_length=1)
    rehearse: dict[ActionKind, tuple[str, ...]] = {}
    idempotent: bool = False


class Host(StrictModel):
    """An SSH host. Its key must be in `known_hosts`: an unknown host is not trusted."""

    address: str
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    key_file: Path
    known_hosts: Path


class ServingConfig(StrictModel):
    """What every type of actuator has: the organizations that it serves. One that names none serves none.

    With an `environment` it carries out no action of another one.
    """

    organizations: tuple[OrganizationSlug, ...] = ()
    environment: Place = ""

    @property
    def place(self) -> ActionPlace:
        """Where it acts."""
        return ActionPlace(environment=self.environment)


class PlacedConfig(ServingConfig):
    """An actuator of any kind of target, which may be in a `cluster` and a `namespace`."""

    cluster: Place = ""
    namespace: Place = ""

    @property
    def place(self) -> ActionPlace:
        """Where it acts, as configured."""
        return ActionPlace(cluster=self.cluster, environment=self.environment, namespace=self.namespace)


class WebhookConfig(PlacedConfig):
    """A target behind the webhook contract (docs/actions.md); the secret has at least 24 bytes."""

    type: Literal["webhook"]
    url: HttpUrl
    secret_file: Path
    idempotent: bool = False
    timeout: Seconds = 30


class McpConfig(PlacedConfig):
    """An MCP server: a command that is started for each request, or a URL (streamable HTTP)."""

    type: Literal["mcp"]
    command: tuple[str, ...] = ()
    url: HttpUrl | None = None
    token_file: Path | None = None
    tools: McpTools
    timeout: Seconds = 30

    @model_validator(mode="after")
    def _command_or_url(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("give a command or a url, not both")
        return self


class KubernetesConfig(ServingConfig):
    """Deployments of one namespace."""

    type: Literal["kubernetes"]
    cluster: KubernetesCluster
    timeout: Seconds = 30

    @property
    def place(self) -> ActionPlace:
        """The cluster's name and the namespace."""
        cluster = self.cluster
        return ActionPlace(cluster=cluster.name, environment=self.environment, namespace=cluster.namespace)


class SshConfig(PlacedConfig):
    """Commands of an allow-list on one host."""

    type: Literal["ssh"]
    host: Host
    commands: Commands
    timeout: Seconds = 60


ActuatorConfig = Annotated[
    WebhookConfig | McpConfig | KubernetesConfig | SshConfig, Field(discriminator="type")
]


class ActuatorsFile(StrictModel):
    """The whole file. A catalog whose entries and actuators do not fit together is refused at the start."""

    actuators: dict[Name, ActuatorConfig] = Field(min_length=1)
    catalog: tuple[CatalogEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        """Before any secret is read: the error names every actuator and entry that is wrong."""
        served = {name: config.organizations for name, config in self.actuators.items()}
        if faults := Catalog(entries=self.catalog).faults(served):
            raise ValueError(" ".join(faults))
        return self
