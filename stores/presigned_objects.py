import hashlib

import httpx

from missions.errors import InvalidError, UnavailableError
from missions.presigned_object import PresignedObject

TIMEOUT_S = 5
MOST_BYTES = 50_000_000


class S3PresignedObjects:
    """Reads objects of our own S3 that somebody with the right to read has lent, and goes nowhere else."""

    def __init__(self, endpoint: str) -> None:
        self._place = endpoint.rstrip("/") + "/"
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)

    async def fetch(self, presigned: PresignedObject) -> bytes:
        """The bytes. Raises InvalidError for a link elsewhere, and UnavailableError for other bytes."""
        if not presigned.link.startswith(self._place):
            raise InvalidError("The link does not lead to our storage.")
        if presigned.ref.size > MOST_BYTES:
            raise InvalidError(f"It has more than {MOST_BYTES} bytes.")
        content = bytearray()
        try:
            async with self._client.stream("GET", presigned.link) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise UnavailableError(f"Storage answered {answer.status_code}.")
                async for part in answer.aiter_raw():
                    content += part
                    if len(content) > presigned.ref.size:  # never more than was promised, whatever lies there
                        break
        except httpx.HTTPError as error:
            raise UnavailableError(f"Storage: {type(error).__name__}.") from error
        if hashlib.sha256(content).hexdigest() != presigned.ref.sha256:
            raise UnavailableError(f"The bytes of {presigned.ref.key} do not match their hash.")
        return bytes(content)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()
