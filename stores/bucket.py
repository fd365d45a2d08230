import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from missions.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_T = TypeVar("_T")
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
CONFIG = Config(
    connect_timeout=5,
    read_timeout=5,
    retries={"total_max_attempts": 3, "mode": "standard"},
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # Not every S3 server knows the newer default checksums; `put` sends its own.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@dataclass(frozen=True)
class Bucket:
    """A bucket of one S3 server, and the access key of this process."""

    endpoint: str
    name: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"

    def client(self, endpoint: str | None = None) -> "S3Client":
        """A blocking client, optionally for another address of the same server."""
        client: S3Client = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint or self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=CONFIG,
        )
        return client


async def ensure_bucket(bucket: Bucket) -> None:
    """Creates the bucket unless it exists; the key must be an administrator's. Raises UnavailableError."""
    client = bucket.client()
    try:
        await in_thread(lambda: client.head_bucket(Bucket=bucket.name))
    except NotFoundError:
        await in_thread(lambda: client.create_bucket(Bucket=bucket.name))
    finally:
        client.close()


async def in_thread(call: Callable[[], _T]) -> _T:
    """Runs a blocking call in a thread. Raises NotFoundError and UnavailableError."""
    try:
        return await asyncio.to_thread(call)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise NotFoundError("The object does not exist.") from error
        raise UnavailableError(f"Storage answered {code}.") from error
    except BotoCoreError as error:
        raise UnavailableError(f"Storage: {error}") from error
