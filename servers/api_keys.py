import hmac
from collections.abc import Mapping

from fastapi import HTTPException, Request


class ApiKeyAuth:
    """A dependency that requires a key, as a bearer token or as `X-API-Key`; `keys` maps key to name."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = {key.encode(): name for key, name in keys.items()}

    def __call__(self, request: Request) -> str:
        """The name of the caller's key. HTTPException 401 without a valid one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        sent = token if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        sent_key = sent.encode(errors="surrogateescape")
        names = [name for key, name in self._keys.items() if hmac.compare_digest(key, sent_key)]
        if not names:
            raise HTTPException(401, "A valid bearer token or X-API-Key is required.")
        return names[0]
