import asyncio
import base64
import hashlib
import re

from missions.errors import InvalidError, UnavailableError
from missions.evidence import ArtifactRef
from stores.bucket import Bucket, in_thread

_ORG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})  # an SVG is a document with scripts
_EXTENSIONS = {
    "application/json": "json",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
}


class S3Artifacts:
    """Artifacts in a bucket, at `<prefix>/<org>/<first two hex digits>/<sha256>.<extension>`.

    `put` only writes, since the browser worker's key can do nothing else. Timeouts are 5 s per attempt, with
    three attempts; blocking calls run in threads.
    """

    def __init__(self, bucket: Bucket, *, prefix: str, public_endpoint: str | None = None) -> None:
        self._bucket = bucket.name
        self._prefix = prefix.strip("/")
        self._client = bucket.client()
        # The signature covers the host name, so links are signed for the name that clients use.
        self._signer = bucket.client(public_endpoint) if public_endpoint else self._client

    async def put(self, org: str, content: bytes, content_type: str, kind: str, title: str) -> ArtifactRef:
        """Stores the bytes under their hash; equal bytes are one object. Raises UnavailableError."""
        if not _ORG.fullmatch(org):
            raise InvalidError(f"{org!r} cannot be part of a key.")
        digest = hashlib.sha256(content)
        sha256 = digest.hexdigest()
        extension = _EXTENSIONS.get(content_type.partition(";")[0].strip(), "bin")
        key = f"{self._prefix}/{org}/{sha256[:2]}/{sha256}.{extension}"
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

    async def get(self, ref: ArtifactRef) -> bytes:
        """The bytes. Raises NotFoundError, and UnavailableError if the hash differs."""

        def read() -> bytes:
            response = self._client.get_object(Bucket=self._bucket, Key=ref.key)
            with response["Body"] as body:
                return body.read(ref.size + 1)  # never read more than the reference says

        content = await in_thread(read)
        if hashlib.sha256(content).hexdigest() != ref.sha256:
            raise UnavailableError(f"The bytes of {ref.key} do not match their hash.")
        return content

    def presign(self, ref: ArtifactRef, seconds: int = 60, content_type: str | None = None) -> str:
        """A URL that reads the object for `seconds`, signed offline. Only pictures are shown inline."""
        served_type = content_type or ref.content_type
        # HTML shown inline would run with the storage's origin.
        disposition = "inline" if served_type in PICTURES else "attachment"
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

    def lend(self, ref: ArtifactRef, seconds: int = 60) -> str:
        """A URL with which another of our processes reads the object for `seconds`."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": ref.key}, ExpiresIn=seconds
        )

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.to_thread(self._client.close)
        await asyncio.to_thread(self._signer.close)
