"""The product's processes: the module, the settings and the credentials of each."""

from dataclasses import dataclass

ORG = "demo"
"""The first organization: `ops-agent owner migrate` creates its schema. People add more through the API."""


@dataclass(frozen=True)
class Process:
    """One kind of process. `settings` are the variables that it gets besides its own credentials."""

    name: str
    module: tuple[str, ...]
    settings: tuple[str, ...]
    queue: str | None = None
    database_group: str | None = None
    s3_identity: str | None = None
    redis_user: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its settings and credentials."""
        database = ("DATABASE_URL",) if self.database_group else ()
        s3 = ("S3_ACCESS_KEY", "S3_SECRET_KEY") if self.s3_identity else ()
        redis = ("REDIS_URL",) if self.redis_user else ()
        return (*self.settings, *database, *s3, *redis)


_ALL = ("ENVIRONMENT", "TEMPORAL_ADDRESS", "PAYLOAD_KEYS")
_ADMISSION = ("MAX_CONCURRENT_MISSIONS",)
_S3 = ("S3_ENDPOINT", "S3_BUCKET")
_API = ("API_HOST", "API_PORT", "PUBLIC_URL", "S3_PUBLIC_ENDPOINT", "TEMPORAL_UI_URL", "DOCS")
_SECRETS = ("JWT_SECRET", "SEAL_SECRET", "BROWSER_PUBLIC_KEY")
_OWN_SERVERS = ("OWN_SERVERS",)
_LIMITS = ("MISSIONS_PER_HOUR", "TRUSTED_PROXIES")

PROCESSES = (
    Process(
        name="api",
        module=("api",),
        settings=(
            *(*_ALL, *_S3, *_API, *_SECRETS, *_LIMITS, *_ADMISSION, *_OWN_SERVERS),
            *("MISSION_TIMEOUT", "POLICY_FILE"),
        ),
        database_group="ops_api",
        s3_identity="api",
        redis_user="api",
    ),
    Process(
        name="missions",
        module=("workers", "missions"),
        settings=(*_ALL, *_S3, "POLICY_FILE", *_ADMISSION, "AUDIT_DAYS", "PICTURE_DAYS"),
        queue="missions",
        database_group="ops_missions",
        s3_identity="missions",
        redis_user="missions",
    ),
    Process(
        name="browser",
        module=("workers", "browser"),
        settings=(
            *(*_ALL, *_S3, *_OWN_SERVERS),
            *("CHROMIUM", "CHROMIUM_SANDBOX", "BROWSER_PRIVATE_KEYS", "BROWSER_PRIVATE_NETWORKS"),
        ),
        queue="browser",
        s3_identity="browser",
        redis_user="browser",
    ),
    Process(
        name="actions",
        module=("workers", "actions"),
        settings=(*_ALL, "POLICY_FILE", "ACTUATORS_FILE"),
        queue="actions",
        database_group="ops_actions",
    ),
)
