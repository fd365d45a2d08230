import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

TOLERANCE_SECONDS: Final = 300.0
"""How far a call's timestamp may be from the shop's clock: an older call may be a replay."""
_SCHEME: Final = "v1,"
_EPOCH_SECONDS: Final = re.compile(r"[0-9]{1,12}")


class SignatureError(Exception):
    """The call is not signed with the shared secret, or not signed now."""


def verify(secret: bytes, headers: Mapping[str, str], content: bytes, now: float) -> None:
    """Checks a call by the rule of Standard Webhooks; `now` in epoch seconds. Raises SignatureError.

    `content` is the body, or `METHOD path` of a call without one (docs/actions.md).
    """
    call_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not call_id or not _EPOCH_SECONDS.fullmatch(timestamp):
        raise SignatureError("The headers webhook-id and webhook-timestamp are required.")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureError("The timestamp is too far from now.")
    # aiohttp decodes headers with surrogateescape: the same way back gives the bytes that were sent.
    signed = f"{call_id}.{timestamp}.".encode(errors="surrogateescape") + content
    expected = hmac.digest(secret, signed, hashlib.sha256)
    # A sender may sign with an old and a new secret while it changes them.
    signatures = map(_decoded, headers.get("webhook-signature", "").split())
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise SignatureError("No signature of the call fits the secret.")


def _decoded(text: str) -> bytes:
    """The bytes of one signature; none for another scheme, and for what is no base64."""
    try:
        return (
            base64.b64decode(text.removeprefix(_SCHEME), validate=True) if text.startswith(_SCHEME) else b""
        )
    except (binascii.Error, ValueError):
        return b""
