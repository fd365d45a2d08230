from datetime import datetime
from typing import TYPE_CHECKING

from stores.bucket import Bucket, in_thread

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectTypeDef

EVIDENCE, VIDEOS, REPORTS, PRINTS = "evidence/", "videos/", "reports/", "prints/"
PICTURES = (".jpg", ".png", ".webp", ".zip", ".pdf")
"""Pictures, prints, and the traces of visits that failed. The numbers beside them are kept."""


class S3Expiry:
    """Deletes pictures, videos and prints that are too old.

    One that was taken again lately is young: its key is its hash.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._client = bucket.client()

    async def delete_pictures(self, before: datetime) -> int:
        """How many were deleted. Raises UnavailableError."""
        return await in_thread(lambda: self._sweep(EVIDENCE, before))

    async def delete_videos(self, before: datetime) -> int:
        """The same of videos."""
        return await in_thread(lambda: self._sweep(VIDEOS, before))

    async def delete_prints(self, before: datetime) -> int:
        """The same of printed reports, which are printed again when somebody asks."""
        return await in_thread(lambda: self._sweep(PRINTS, before))

    async def delete_org(self, org: str) -> int:
        """All that an organization that is gone had here; how many. Raises UnavailableError."""
        places = [f"{kind}{org}/" for kind in (EVIDENCE, VIDEOS, REPORTS, PRINTS)]
        return await in_thread(lambda: sum(self._sweep(place) for place in places))

    def _sweep(self, prefix: str, before: datetime | None = None) -> int:
        """Old pictures; without `before` everything."""
        listed = self._client.get_paginator("list_objects_v2")
        deleted = 0
        for page in listed.paginate(Bucket=self._bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                if before is None or _is_old_picture(one, before):
                    self._client.delete_object(Bucket=self._bucket, Key=one["Key"])
                    deleted += 1
        return deleted

    async def close(self) -> None:
        """Closes the connections."""
        await in_thread(self._client.close)


def _is_old_picture(found: "ObjectTypeDef", before: datetime) -> bool:
    return found["Key"].endswith(PICTURES) and found["LastModified"] < before
