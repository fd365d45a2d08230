"""The only reader of the environment. Each kind of process has its class, and sees nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from missions.organization import DEFAULT_MAXIMUM
from runtime.production import refusals, stand_ins
from runtime.setting_types import (
    SECRET_BYTES,
    Address,
    DatabaseUrl,
    Duration,
    Environment,
    HttpUrl,
    LogFormat,
    LogLevel,
    OidcProvider,
    Origin,
    OwnServerAddress,
    PrivateKeys,
    PrivateNetwork,
    PrivateNetworkUrl,
    ProxyNetworks,
    PublicKey,
    RedisUrl,
    StrongSecret,
    StrongSecrets,
    UiUrl,
)

Read = TypeVar("Read", bound=BaseSettings)
CONFIG = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)


def load(settings: type[Read]) -> Read:
    """Reads the environment; ends the process with one line that names every wrong setting."""
    try:
        return settings()
    except ValidationError as error:
        raise SystemExit("Settings: " + "; ".join(_sentence(detail) for detail in error.errors())) from None
    except SettingsError as error:  # a list that is not JSON
        name = str(error).partition('field "')[2].partition('"')[0].upper()
        raise SystemExit(f"Settings: {name}: it is not the JSON that it should be") from None


def _sentence(error: ErrorDetails) -> str:
    words = error["msg"].removeprefix("Value error, ")
    return f"{str(error['loc'][0]).upper()}: {words}" if error["loc"] else words


def origin_of(url: str) -> str:
    """The origin of a page at this address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class PlacedSettings(BaseSettings):
    """Settings that depend on the environment: one machine, or production."""

    model_config = CONFIG

    environment: Annotated[
        Environment,
        Field(description="`production` refuses weak settings and what is only good enough on one machine"),
    ] = Environment.PRODUCTION

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.environment is Environment.PRODUCTION and (refused := list(self._refused())):
            raise ValueError("; ".join(refused))
        return self

    def _refused(self) -> Iterator[str]:
        """What production refuses, a sentence each."""
        yield from refusals(self)


class LogSettings(BaseSettings):
    """The level and the format of a process's log."""

    model_config = CONFIG

    log_level: Annotated[LogLevel, Field(description="The lowest level that is logged")] = LogLevel.INFO
    log_format: Annotated[LogFormat, Field(description="JSON for machines, pretty for a terminal")] = (
        LogFormat.JSON
    )


class ProcessSettings(LogSettings, PlacedSettings):
    """Settings of every process."""

    temporal_address: Annotated[Address, Field(description="Temporal's front end, `host:port`")]
    temporal_namespace: Annotated[str, Field(description="Temporal's namespace")] = "default"
    payload_keys: Annotated[
        StrongSecrets,
        Field(description="Seal payloads in Temporal; the newest first, with commas, at least 32 bytes each"),
    ]

    def _refused(self) -> Iterator[str]:
        yield from super()._refused()
        yield from stand_ins(dict(self))


class S3Settings(BaseSettings):
    """S3, with a key of its own for each kind of process."""

    model_config = CONFIG

    s3_endpoint: Annotated[PrivateNetworkUrl, Field(description="Where S3 answers")]
    s3_bucket: Annotated[str, Field(description="The bucket of evidence and reports")]
    s3_access_key: Annotated[str, Field(description="This process's key")]
    s3_secret_key: Annotated[SecretStr, Field(description="The key's secret")]
    s3_region: Annotated[str, Field(description="The region that is signed")] = "us-east-1"


class AdmissionSettings(BaseSettings):
    """How many missions run at once; API and missions worker must agree."""

    model_config = CONFIG

    max_concurrent_missions: Annotated[
        int,
        Field(
            ge=1,
            le=10_000,
            description="How many missions run at once in a first organization and those that it founded,"
            " together; the same for API and worker",
        ),
    ] = DEFAULT_MAXIMUM


class TimeoutSettings(BaseSettings):
    """The time limit of a mission."""

    model_config = CONFIG

    mission_timeout: Annotated[
        Duration,
        Field(
            ge=timedelta(minutes=1),
            le=timedelta(days=7),
            description="How long a mission may take, as seconds or ISO 8601; then it ends `timed_out`",
        ),
    ] = timedelta(hours=2)


class RetentionSettings(BaseSettings):
    """How long audit trails and pictures are kept."""

    model_config = CONFIG

    audit_days: Annotated[
        int,
        Field(ge=31, le=36_500, description="How many days audit entries are kept; whole months are deleted"),
    ] = 90
    picture_days: Annotated[
        int, Field(ge=1, le=36_500, description="How many days pictures and traces of dashboards are kept")
    ] = 30


class OwnServerSettings(BaseSettings):
    """The addresses that no dashboard may have."""

    model_config = CONFIG

    own_servers: Annotated[
        tuple[OwnServerAddress, ...],
        Field(description="The installation's servers, forbidden to browsers: `host:port`, `host:*` or URLs"),
    ] = ()


class PolicySettings(BaseSettings):
    """The source of policy verdicts: the policy file, or another gateway."""

    model_config = CONFIG

    policy_file: Annotated[FilePath, Field(description="The rules of what is allowed, as JSON")]
    secure_mcp_gateway_url: Annotated[
        HttpUrl | None, Field(description="Another gateway for verdicts, instead of the policy file")
    ] = None


class GatewaySettings(PolicySettings):
    """Credentials for the other gateway."""

    secure_mcp_gateway_token: Annotated[
        SecretStr | None, Field(description="The bearer token of that gateway")
    ] = None
    secure_mcp_gateway_api_key: Annotated[
        SecretStr | None, Field(description="The API key of that gateway, where it takes one instead")
    ] = None


class ApiSettings(
    S3Settings, TimeoutSettings, AdmissionSettings, PolicySettings, OwnServerSettings, ProcessSettings
):
    """The API: reads all data of an organization and votes. It cannot act on a target."""

    api_host: Annotated[str, Field(description="The address to listen on")] = "127.0.0.1"
    api_port: Annotated[int, Field(ge=1, le=65535, description="The port to listen on")] = 8000
    public_url: Annotated[HttpUrl, Field(description="Where people reach the API; `https://` in production")]
    s3_public_endpoint: Annotated[
        HttpUrl | None,
        Field(description="Where people reach S3, if not at S3_ENDPOINT: links to artifacts lead there"),
    ] = None
    database_url: Annotated[DatabaseUrl, Field(description="PostgreSQL, with this process's login")]
    redis_url: Annotated[RedisUrl, Field(description="Redis or Valkey, with this process's user")]
    jwt_secret: Annotated[
        StrongSecret, Field(description=f"Signs access tokens; at least {SECRET_BYTES} bytes")
    ]
    seal_secret: Annotated[
        StrongSecret, Field(description=f"Seals second factors at rest; at least {SECRET_BYTES} bytes")
    ]
    access_token_minutes: Annotated[
        int, Field(ge=1, le=1440, description="How many minutes an access token is valid")
    ] = 15
    session_hours: Annotated[
        int, Field(ge=1, le=24 * 30, description="How many hours a session lasts, renewed or not")
    ] = 24 * 7
    temporal_ui_url: Annotated[
        UiUrl | None,
        Field(description="Where people reach Temporal's UI: its pages may read payloads through the API"),
    ] = None
    allowed_origins: Annotated[
        tuple[Origin, ...], Field(description="Origins besides PUBLIC_URL whose pages may call the API")
    ] = ()
    browser_public_key: Annotated[
        PublicKey | None,
        Field(description="Seals dashboards' credentials for the browser worker; base64"),
    ] = None
    oidc_providers: Annotated[
        tuple[OidcProvider, ...],
        Field(description="OpenID issuers to sign in with: `name`, `issuer`, `clientId`, `clientSecret`"),
    ] = ()
    trusted_proxies: Annotated[
        ProxyNetworks,
        Field(description="Addresses and networks of reverse proxies whose X-Forwarded-For is believed"),
    ] = ()
    requests_per_minute: Annotated[
        int, Field(ge=1, le=1_000_000, description="How many requests one person, or one stranger, may make")
    ] = 600
    login_failures: Annotated[
        int, Field(ge=1, le=1000, description="Wrong passwords in 15 minutes for an account from one network")
    ] = 5
    login_failures_per_account: Annotated[
        int, Field(ge=1, le=100_000, description="Wrong passwords in 15 minutes for an account from anywhere")
    ] = 20
    login_failures_per_network: Annotated[
        int, Field(ge=1, le=1_000_000, description="Wrong passwords in 15 minutes from a network (/24, /64)")
    ] = 300
    sign_ups_per_hour: Annotated[
        int, Field(ge=1, le=100_000, description="New accounts, and tries of one-time links, from a network")
    ] = 20
    missions_per_hour: Annotated[
        int, Field(ge=1, le=100_000, description="How many missions a person may start in an hour")
    ] = 10
    organizations_per_hour: Annotated[
        int, Field(ge=1, le=100_000, description="How many organizations may be founded in an hour")
    ] = 5
    metrics_token: Annotated[
        StrongSecret | None,
        Field(description="The bearer token for `/api/metrics`; without one nothing is served there"),
    ] = None
    docs: Annotated[bool, Field(description="Whether `/docs` and `/openapi.json` are served")] = False

    @property
    def origins(self) -> frozenset[str]:
        """The origins whose pages may call the API: PUBLIC_URL's own, and ALLOWED_ORIGINS."""
        return frozenset({origin_of(self.public_url), *self.allowed_origins})

    @property
    def servers(self) -> tuple[str, ...]:
        """The product's own servers: the listed ones, this process, and those that it uses."""
        used = (
            f"{f'[{self.api_host}]' if ':' in self.api_host else self.api_host}:{self.api_port}",
            self.temporal_address,
            self.database_url.get_secret_value(),
            self.redis_url.get_secret_value(),
            *(self.public_url, self.s3_endpoint, self.s3_public_endpoint, self.temporal_ui_url),
        )
        return (*self.own_servers, *(server for server in used if server))

    def _refused(self) -> Iterator[str]:
        yield from super()._refused()
        if self.s3_public_endpoint is None and urlsplit(self.s3_endpoint).scheme != "https":
            yield "S3_PUBLIC_ENDPOINT must be set: links to artifacts would lead to S3_ENDPOINT over http"


class MissionsSettings(S3Settings, AdmissionSettings, RetentionSettings, GatewaySettings, ProcessSettings):
    """The missions worker: runs workflows and jobs. It cannot vote, and cannot act on a target."""

    database_url: Annotated[DatabaseUrl, Field(description="PostgreSQL, with this process's login")]
    redis_url: Annotated[RedisUrl, Field(description="Redis or Valkey, with this process's user")]
    dashboards_every: Annotated[
        Duration,
        Field(
            ge=timedelta(seconds=30),
            le=timedelta(days=1),
            description="How often every dashboard is tested, as seconds or ISO 8601",
        ),
    ] = timedelta(minutes=5)
    autorca_core_url: Annotated[
        HttpUrl | None, Field(description="Another engine for root causes, instead of the built-in one")
    ] = None
    metrics_address: Annotated[
        Address | None,
        Field(description="Where Prometheus reads the background jobs, `host:port`; no token is asked for"),
    ] = None


class PrivateNetworkSettings(BaseSettings):
    """The private networks of dashboards."""

    model_config = CONFIG

    browser_private_networks: Annotated[
        tuple[PrivateNetwork, ...],
        Field(description="Private networks that browsers may reach, such as 10.20.0.0/16"),
    ] = ()


class BrowserKeySettings(BaseSettings):
    """The keys that open dashboards' credentials; `ops-agent owner browser-key` makes one more."""

    model_config = CONFIG

    browser_private_keys: Annotated[
        PrivateKeys | None,
        Field(description="Open what BROWSER_PUBLIC_KEY sealed; base64, newest first, with commas"),
    ] = None


class BrowserSettings(
    S3Settings, BrowserKeySettings, PrivateNetworkSettings, OwnServerSettings, ProcessSettings
):
    """The browser worker: no database, no gateway, no action secret; its S3 key only writes.

    Its Redis user may only publish frames of the live view, and read whether a client watches.
    """

    redis_url: Annotated[RedisUrl, Field(description="Redis or Valkey, with this process's user")]
    chromium: Annotated[FilePath, Field(description="The browser's executable")]
    chromium_sandbox: Annotated[
        bool, Field(description="Chromium's own sandbox; must be on in production")
    ] = True
    browser_slots: Annotated[int, Field(ge=1, le=16, description="How many pages are open at once")] = 3

    @property
    def servers(self) -> tuple[str, ...]:
        """The product's own servers: the listed ones, and those that this process itself uses."""
        used = (self.temporal_address, self.s3_endpoint, self.redis_url.get_secret_value())
        return (*self.own_servers, *used)

    def _refused(self) -> Iterator[str]:
        yield from super()._refused()
        if not self.own_servers:
            yield "OWN_SERVERS must list the servers of this installation in production"
        if not self.chromium_sandbox:
            yield "CHROMIUM_SANDBOX must be on in production"


class ActionsSettings(GatewaySettings, ProcessSettings):
    """The actions worker: consumes approvals and changes targets."""

    database_url: Annotated[DatabaseUrl, Field(description="PostgreSQL, with this process's login")]
    actuators_file: Annotated[
        FilePath, Field(description="The targets and actions, as JSON: see `docs/actions.md`")
    ]
