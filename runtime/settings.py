"""The only reader of the environment. Each kind of process has its class, and sees nothing else."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_BYTES = 32
Read = TypeVar("Read", bound=BaseSettings)


class Environment(StrEnum):
    """Production refuses what is only good enough on one machine."""

    LOCAL = "local"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How logs are written to standard error."""

    JSON = "json"
    PRETTY = "pretty"


def load(settings: type[Read]) -> Read:
    """Reads the environment; ends the process with one line that names every wrong setting."""
    try:
        return settings()
    except ValidationError as error:
        wrong = (f"{_name(one)}: {one['msg']}" for one in error.errors())
        raise SystemExit("Settings: " + "; ".join(wrong)) from None


def _name(error: ErrorDetails) -> str:
    return str(error["loc"][0]).upper() if error["loc"] else "one of them"


class ProcessSettings(BaseSettings):
    """What every process needs."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    environment: Environment = Environment.PRODUCTION
    log_level: str = "INFO"
    log_format: LogFormat = LogFormat.JSON
    temporal_address: str
    temporal_namespace: str = "default"


class S3Settings(BaseSettings):
    """A key of its own for each kind of process."""

    s3_endpoint: str
    s3_bucket: str
    s3_access_key: str
    s3_secret_key: SecretStr
    s3_region: str = "us-east-1"


class ApiSettings(ProcessSettings, S3Settings):
    """The API: reads everything of an organization, votes, never acts."""

    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    public_url: str
    database_url: SecretStr
    redis_url: SecretStr
    jwt_secret: SecretStr
    cursor_secret: SecretStr
    access_token_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    session_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 12
    allowed_origins: tuple[str, ...] = ()
    docs: bool = False

    @model_validator(mode="after")
    def _strong_secrets(self) -> Self:
        for name in ("jwt_secret", "cursor_secret"):
            if len(getattr(self, name).get_secret_value().encode()) < SECRET_BYTES:
                raise ValueError(f"{name.upper()} must have at least {SECRET_BYTES} bytes")
        if self.environment is Environment.PRODUCTION and not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL must begin with https:// in production")
        return self


class MissionsSettings(ProcessSettings, S3Settings):
    """The missions worker: tells the story, cannot vote, cannot act."""

    database_url: SecretStr
    redis_url: SecretStr
    policy_file: Path
    autorca_core_url: str | None = None
    secure_mcp_gateway_url: str | None = None
    secure_mcp_gateway_token: SecretStr | None = None


class BrowserSettings(ProcessSettings, S3Settings):
    """The browser worker: no database, no gateway, no action secret; its S3 key only writes."""

    chromium: Path
    chromium_sandbox: bool = True
    browser_slots: Annotated[int, Field(ge=1, le=16)] = 3

    @model_validator(mode="after")
    def _sandboxed(self) -> Self:
        if self.environment is Environment.PRODUCTION and not self.chromium_sandbox:
            raise ValueError("CHROMIUM_SANDBOX must be on in production")
        return self


class ActionsSettings(ProcessSettings):
    """The actions worker: consumes approvals and changes the target."""

    database_url: SecretStr
    policy_file: Path
    secure_mcp_gateway_url: str | None = None
    secure_mcp_gateway_token: SecretStr | None = None
    actuator_url: str
    actuator_token: SecretStr


ROOT = Path(__file__).resolve().parents[1]


class OwnerSettings(BaseSettings):
    """The database's owner: only for migrations and checks by hand."""

    database_url: SecretStr


class CliSettings(BaseSettings):
    """Where `ops-agent` and the demo keep the local stack."""

    ops_agent_data: Path = ROOT / "var"
    chromium: Path | None = None


class Answer(StrEnum):
    """Who answers the demo's approval: a person at the terminal, or the environment for that person."""

    ASK = "ask"
    YES = "yes"
    NO = "no"


class DemoSettings(CliSettings):
    """What `make demo` reads. FAULT and SEED never reach a process of the mission."""

    fault: str = "random"
    seed: int | None = None
    approve: Answer = Answer.ASK
