import json
from typing import TYPE_CHECKING

from stores.bucket import Bucket, in_thread
from stores.postgres.audit.verification import Chain, Checkpoint

if TYPE_CHECKING:
    pass


class S3Checkpoints:
    """What audit chains were at certain times, at `audit/<chain>/<seq>.json`.

    They lie where the database's owner cannot write, under a prefix where no process may delete.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._client = bucket.client()

    async def put(self, chain: Chain, checkpoint: Checkpoint) -> None:
        """Keeps one. Raises UnavailableError."""
        told = json.dumps({"chain": chain.name, "seq": checkpoint.seq, "hash": checkpoint.hash})
        key = f"{_prefix(chain)}{checkpoint.seq:016d}.json"
        await in_thread(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=key, Body=told.encode(), ContentType="application/json"
            )
        )

    async def all(self, chain: Chain) -> list[Checkpoint]:
        """Every one that was kept of this chain, oldest first. Raises UnavailableError."""

        def read() -> list[Checkpoint]:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=_prefix(chain)
            )
            keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
            return [
                _read(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()) for key in keys
            ]

        return await in_thread(read)

    async def close(self) -> None:
        """Closes the connections."""
        await in_thread(self._client.close)


def _prefix(chain: Chain) -> str:
    return f"audit/{chain.name}/"


def _read(content: bytes) -> Checkpoint:
    told = json.loads(content)
    return Checkpoint(int(told["seq"]), str(told["hash"]))
