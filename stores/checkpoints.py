import json

from stores.bucket import Bucket, in_thread
from stores.postgres.audit.verification import Chain, Checkpoint


class S3Checkpoints:
    """Checkpoints of audit chains, stored at `audit/<chain>/<seq>.json`.

    The database's owner cannot write there, and no process may delete under this prefix.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._client = bucket.client()

    async def put(self, chain: Chain, checkpoint: Checkpoint) -> None:
        """Stores one checkpoint. Raises UnavailableError."""
        content = json.dumps({"chain": chain.name, "seq": checkpoint.seq, "hash": checkpoint.hash})
        key = f"{_prefix(chain)}{checkpoint.seq:016d}.json"
        await in_thread(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=key, Body=content.encode(), ContentType="application/json"
            )
        )

    async def all(self, chain: Chain) -> list[Checkpoint]:
        """All checkpoints of this chain, oldest first. Raises UnavailableError."""

        def read() -> list[Checkpoint]:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=_prefix(chain)
            )
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
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
    fields = json.loads(content)
    return Checkpoint(int(fields["seq"]), str(fields["hash"]))
