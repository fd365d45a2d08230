from datetime import datetime
from typing import TYPE_CHECKING

from stores.bucket import Bucket, in_thread

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectTypeDef

EVIDENCE, VIDEOS, REPORTS, PRINTS = "evidence/", "videos/", "reports/", "prints/"
PICTURES = (".jpg", ".png", ".webp", ".zip", ".pdf")
"""Pictures, prints and traces of failed visits expire. The numbers beside them are kept."""


class S3Expiry:
    """Deletes pictures, videos and prints that are too old.

    Age counts from the last upload: the key is the content's hash, so an equal picture renews it.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._client = bucket.client()

    async def delete_pictures(self, before: datetime) -> int:
        """Returns how many were deleted. Raises UnavailableError."""
        return await in_thread(lambda: self._delete(EVIDENCE, before))

    async def delete_videos(self, before: datetime) -> int:
        """The same for videos."""
        return await in_thread(lambda: self._delete(VIDEOS, before))

    async def delete_prints(self, before: datetime) -> int:
        """The same for printed reports, which can be printed again."""
        return await in_thread(lambda: self._delete(PRINTS, before))

    async def delete_org(self, org: str) -> int:
        """Deletes all objects of a deleted organization; returns how many. Raises UnavailableError."""
        prefixes = [f"{kind}{org}/" for kind in (EVIDENCE, VIDEOS, REPORTS, PRINTS)]
        return await in_thread(lambda: sum(self._delete(prefix) for prefix in prefixes))

    def _delete(self, prefix: str, before: datetime | None = None) -> int:
        """Deletes old pictures under the prefix; without `before` everything."""
        paginator = self._client.get_paginator("list_objects_v2")
        deleted = 0
        for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix):
            for item in page.get("Contents", ()):
                if before is None or _is_old_picture(item, before):
                    self._client.delete_object(Bucket=self._bucket, Key=item["Key"])
                    deleted += 1
        return deleted

    async def close(self) -> None:
        """Closes the connections."""
        await in_thread(self._client.close)


def _is_old_picture(item: "ObjectTypeDef", before: datetime) -> bool:
    return item["Key"].endswith(PICTURES) and item["LastModified"] < before
