import hashlib

import httpx

from missions.errors import InvalidError, UnavailableError
from missions.presigned_object import PresignedObject

TIMEOUT_S = 5
MAX_BYTES = 50_000_000


class S3PresignedObjects:
    """Fetches presigned objects from our own S3 server, and from no other address."""

    def __init__(self, endpoint: str) -> None:
        self._base = endpoint.rstrip("/") + "/"
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)

    async def fetch(self, presigned: PresignedObject) -> bytes:
        """The bytes. Raises InvalidError for another server, UnavailableError for a wrong hash."""
        if not presigned.link.startswith(self._base):
            raise InvalidError("The address is not in our storage.")
        if presigned.ref.size > MAX_BYTES:
            raise InvalidError(f"The object is larger than {MAX_BYTES} bytes.")
        content = bytearray()
        try:
            async with self._client.stream("GET", presigned.link) as response:
                if response.status_code != httpx.codes.OK:
                    raise UnavailableError(f"Storage answered {response.status_code}.")
                async for part in response.aiter_raw():
                    content += part
                    if len(content) > presigned.ref.size:  # never read more than the reference says
                        break
        except httpx.HTTPError as error:
            raise UnavailableError(f"Storage: {type(error).__name__}.") from error
        if hashlib.sha256(content).hexdigest() != presigned.ref.sha256:
            raise UnavailableError(f"The bytes of {presigned.ref.key} do not match their hash.")
        return bytes(content)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()
