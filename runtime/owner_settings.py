"""The settings of `ops-agent owner …` and of other commands for operators."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from runtime.setting_types import Address, DatabaseUrl, HttpUrl, Password, PrivateNetworkUrl
from runtime.settings import CONFIG, PlacedSettings


class OwnerSettings(BaseSettings):
    """The database's owner, for migrations and manual checks only."""

    model_config = CONFIG

    database_url: Annotated[DatabaseUrl, Field(description="PostgreSQL, as the database's owner")]


class LinkSettings(OwnerSettings):
    """`ops-agent bootstrap` and `ops-agent owner password`: links for people."""

    public_url: Annotated[
        HttpUrl | None, Field(description="Where people reach the API; `https://` in production")
    ] = None


class AuditSettings(OwnerSettings):
    """`ops-agent audit verify`: the owner's URL, and a key that reads the checkpoints."""

    s3_endpoint: Annotated[PrivateNetworkUrl | None, Field(description="Where S3 answers")] = None
    s3_bucket: Annotated[str, Field(description="The bucket of evidence and reports")] = "ops-agent"
    s3_access_key: Annotated[str, Field(description="A key that may list and read `audit/`")] = ""
    s3_secret_key: Annotated[SecretStr, Field(description="The key's secret")] = SecretStr("")
    s3_region: Annotated[str, Field(description="The region that is signed")] = "us-east-1"


class LoginSettings(PlacedSettings, OwnerSettings):
    """`ops-agent owner logins`: the passwords of the processes' database logins."""

    api_database_password: Annotated[Password, Field(description="Of the API's login `api`")]
    missions_database_password: Annotated[
        Password, Field(description="Of the missions worker's login `missions`")
    ]
    actions_database_password: Annotated[
        Password, Field(description="Of the actions worker's login `actions`")
    ]


class IdentitySettings(PlacedSettings):
    """`ops-agent owner identities`: the passwords of the processes in Redis and S3."""

    admin_redis_password: Annotated[Password, Field(description="Of Redis' administrator `admin`")]
    api_redis_password: Annotated[Password, Field(description="Of the API's Redis user")]
    missions_redis_password: Annotated[Password, Field(description="Of the missions worker's Redis user")]
    browser_redis_password: Annotated[
        Password, Field(description="Of the browser worker's Redis user: publishes frames")
    ]
    admin_s3_secret_key: Annotated[Password, Field(description="Of S3's administrator `ops-admin`")]
    api_s3_secret_key: Annotated[Password, Field(description="Of the API's key `ops-api`: reads")]
    missions_s3_secret_key: Annotated[
        Password, Field(description="Of the missions worker's key `ops-missions`")
    ]
    browser_s3_secret_key: Annotated[
        Password,
        Field(
            description="Of the browser worker's key `ops-browser`: writes `evidence/`, `videos/`, `prints/`"
        ),
    ]


class BucketSettings(PlacedSettings):
    """`ops-agent owner bucket`: S3 with its administrator's key."""

    s3_endpoint: Annotated[PrivateNetworkUrl, Field(description="Where S3 answers")]
    s3_bucket: Annotated[str, Field(description="The bucket of evidence and reports")] = "ops-agent"
    admin_s3_secret_key: Annotated[Password, Field(description="Of S3's administrator `ops-admin`")]


class TemporalSettings(BaseSettings):
    """`ops-agent owner namespace`, and the workers' health check."""

    model_config = CONFIG

    temporal_address: Annotated[Address, Field(description="Temporal's front end, `host:port`")]
    temporal_namespace: Annotated[str, Field(description="Temporal's namespace")] = "default"
