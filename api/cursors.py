import base64
import hashlib
import hmac
from uuid import UUID

from missions.errors import CursorError


class Cursors:
    """Opaque, signed places in a list: a client can keep one, not make one."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def write(self, after: UUID) -> str:
        """A cursor behind this id."""
        return base64.urlsafe_b64encode(after.bytes + self._sign(after.bytes)).decode().rstrip("=")

    def read(self, cursor: str) -> UUID:
        """The id. Raises CursorError for what we did not write."""
        try:
            content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        except ValueError as error:
            raise CursorError from error
        place, signature = content[:16], content[16:]
        if not hmac.compare_digest(signature, self._sign(place)) or len(place) != 16:  # noqa: PLR2004  a UUID
            raise CursorError
        return UUID(bytes=place)

    def _sign(self, content: bytes) -> bytes:
        return hmac.new(self._secret, b"missions" + content, hashlib.sha256).digest()[:16]
