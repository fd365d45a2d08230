"""The only reader of the environment: the parts that the settings of processes are made of."""

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
    Address,
    Duration,
    Environment,
    HttpUrl,
    LogFormat,
    LogLevel,
    OwnServerAddress,
    PrivateKeys,
    PrivateNetwork,
    PrivateNetworkUrl,
    StrongSecrets,
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
