import base64
import hashlib
import hmac


def signature(secret: bytes, key: str, timestamp: int, method: str, path: str, body: bytes) -> str:
    """`v1,<base64>`: HMAC-SHA256 over `id.timestamp.content`, as in Standard Webhooks.

    A request without a body signs its method and path instead: it cannot be replayed elsewhere.
    """
    content = body or f"{method} {path}".encode()
    signed = f"{key}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
