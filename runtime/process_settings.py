"""The settings of each kind of process."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, FilePath

from runtime.setting_types import (
    SECRET_BYTES,
    Address,
    DatabaseUrl,
    Duration,
    HttpUrl,
    OidcProvider,
    Origin,
    ProxyNetworks,
    PublicKey,
    RedisUrl,
    StrongSecret,
    UiUrl,
)
from runtime.settings import (
    AdmissionSettings,
    BrowserKeySettings,
    GatewaySettings,
    OwnServerSettings,
    PolicySettings,
    PrivateNetworkSettings,
    ProcessSettings,
    RetentionSettings,
    S3Settings,
    TimeoutSettings,
    origin_of,
)


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
