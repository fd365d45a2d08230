"""The environment of an API with settings that production accepts."""

import pytest

from runtime.local_settings import ROOT
from runtime.process_settings import ApiSettings

GOOD = {
    "TEMPORAL_ADDRESS": "temporal.example:7233",
    "S3_ENDPOINT": "https://s3.example",
    "S3_BUCKET": "bucket",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "s3-hidden",
    "PUBLIC_URL": "https://ops.example",
    "DATABASE_URL": "postgresql+psycopg://a:database-hidden@db.example/x",
    "REDIS_URL": "redis://a:redis-hidden@redis.example/0",
    "JWT_SECRET": "jwt-hidden-with-thirty-two-bytes-at-least",
    "PAYLOAD_KEYS": "payload-hidden-with-thirty-two-bytes-at-least, another-hidden-with-thirty-two-bytes",
    "SEAL_SECRET": "seal-hidden-with-thirty-two-bytes-at-least",
    "POLICY_FILE": str(ROOT / "policy" / "demo.json"),
}


def read(patch: pytest.MonkeyPatch, **changes: str) -> ApiSettings:
    for name, value in (GOOD | changes).items():
        patch.setenv(name, value)
    return ApiSettings()
