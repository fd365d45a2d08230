import asyncio
import base64
import hashlib
import re

from missions.artifacts import artifact_key, is_picture, require_artifact
from missions.errors import InvalidError, UnavailableError
from missions.evidence import ArtifactRef
from stores.bucket import Bucket, in_thread

_ORG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class S3Artifacts:
    """Artifacts in a bucket, at the keys of `missions/artifacts.py`.

    Whatever reads an object or signs a link to it names the organization, and raises InvalidError for the
    reference of another one's object. `put` only writes, since the browser worker's key can do nothing else.
    Timeouts are 5 s per attempt, with three attempts; blocking calls run in threads.
    """

    def __init__(self, bucket: Bucket, *, public_endpoint: str | None = None) -> None:
        self._bucket = bucket.name
        self._client = bucket.client()
        # The signature covers the host name, so links are signed for the name that clients use.
        self._signer = bucket.client(public_endpoint) if public_endpoint else self._client

    async def put(self, org: str, content: bytes, content_type: str, kind: str, title: str) -> ArtifactRef:
        """Stores the bytes under their hash; equal bytes are one object.

        Raises UnavailableError, and InvalidError for a kind that has not this content type.
        """
        if not _ORG.fullmatch(org):
            raise InvalidError(f"{org!r} cannot be part of a key.")
        digest = hashlib.sha256(content)
        sha256 = digest.hexdigest()
        key = artifact_key(org, kind, sha256, content_type)
        await in_thread(
            lambda: self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType=content_type,
                ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                Metadata={"sha256": sha256},
            )
        )
        return ArtifactRef(
            key=key, sha256=sha256, content_type=content_type, size=len(content), kind=kind, title=title
        )

    async def get(self, org: str, ref: ArtifactRef) -> bytes:
        """The bytes. Raises NotFoundError, InvalidError, and UnavailableError if the hash differs."""
        require_artifact(org, ref)

        def read() -> bytes:
            response = self._client.get_object(Bucket=self._bucket, Key=ref.key)
            with response["Body"] as body:
                return body.read(ref.size + 1)  # never read more than the reference says

        content = await in_thread(read)
        if hashlib.sha256(content).hexdigest() != ref.sha256:
            raise UnavailableError(f"The bytes of {ref.key} do not match their hash.")
        return content

    def presign(self, org: str, ref: ArtifactRef, seconds: int = 60, content_type: str | None = None) -> str:
        """A URL that reads the object for `seconds`, signed offline. Only pictures are shown inline.

        Raises InvalidError.
        """
        require_artifact(org, ref)
        served_type = content_type or ref.content_type
        # HTML shown inline would run with the storage's origin.
        disposition = "inline" if is_picture(served_type) else "attachment"
        return self._signer.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": ref.key,
                "ResponseContentType": served_type,
                "ResponseContentDisposition": f'{disposition}; filename="{ref.key.rpartition("/")[2]}"',
            },
            ExpiresIn=seconds,
        )

    def lend(self, org: str, ref: ArtifactRef, seconds: int = 60) -> str:
        """A URL with which another of our processes reads the object for `seconds`. Raises InvalidError."""
        require_artifact(org, ref)
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": ref.key}, ExpiresIn=seconds
        )

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.to_thread(self._client.close)
        await asyncio.to_thread(self._signer.close)
