"""A device with one passkey: the part of `navigator.credentials`, with the little CBOR that it needs."""

import hashlib
import json
import secrets
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from missions.errors import UnavailableError
from probe.visitors import Visitor

PRESENT_AND_VERIFIED = 0x05
HOLDS_KEY = 0x40
BYTE, SHORT = 24, 256
"""CBOR: from here on a number needs a byte, or two, of its own."""


class PasskeyDevice:
    """Signs challenges of one site."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._credential = secrets.token_bytes(32)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._owner = b""
        self._count = 1

    async def register(self, visitor: Visitor) -> str:
        """Adds this passkey to the person's account; returns its id. UnavailableError if refused."""
        options = (await visitor.send("POST", "/api/auth/passkeys/options"))["publicKey"]
        self._owner = base64url_to_bytes(options["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        public = _cbor(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        attested = bytes(16) + len(self._credential).to_bytes(2, "big") + self._credential + public
        data = self._data(options["rp"]["id"], PRESENT_AND_VERIFIED | HOLDS_KEY) + attested
        made = self._answer(
            attestationObject=_cbor({"fmt": "none", "attStmt": {}, "authData": data}),
            clientDataJSON=self._client("webauthn.create", options["challenge"]),
        )
        body = {"name": "Key of the probe", "credential": made}
        return str((await visitor.send("POST", "/api/auth/passkeys", body))["id"])

    async def login(self, stranger: Visitor, org: str | None = None) -> httpx.Response:
        """The answer to a login with this passkey; a session that it opens is kept."""
        response = await stranger.request("POST", "/api/auth/passkeys/login/options")
        if response.is_error:
            raise UnavailableError(f"No challenge: {response.status_code} {response.text[:200]}")
        body: dict[str, Any] = {"credential": self._prove(response.json()["publicKey"])}
        answer = await stranger.request(
            "POST", "/api/auth/passkeys/login", json=body | ({} if org is None else {"org": org})
        )
        if answer.status_code == httpx.codes.OK:
            stranger.keep(answer.json())
        return answer

    def _prove(self, options: dict[str, Any]) -> dict[str, Any]:
        self._count += 1
        data = self._data(options["rpId"], PRESENT_AND_VERIFIED)
        client = self._client("webauthn.get", options["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            authenticatorData=data, clientDataJSON=client, signature=signature, userHandle=self._owner
        )

    def _data(self, site: str, flags: int) -> bytes:
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + self._count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        content = {"type": kind, "challenge": challenge, "origin": self._origin, "crossOrigin": False}
        return json.dumps(content).encode()

    def _answer(self, **response: bytes) -> dict[str, Any]:
        name = bytes_to_base64url(self._credential)
        packed = {key: bytes_to_base64url(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": packed}


def _cbor(value: int | str | bytes | dict[Any, Any]) -> bytes:
    """CBOR of whole numbers, text, bytes and maps (RFC 8949), up to 65,535 of anything."""
    match value:
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case dict():
            pairs = b"".join(_cbor(key) + _cbor(content) for key, content in value.items())
            return _head(5, len(value)) + pairs


def _head(kind: int, number: int) -> bytes:
    if number < BYTE:
        return bytes([kind << 5 | number])
    if number < SHORT:
        return bytes([kind << 5 | BYTE, number])
    return bytes([kind << 5 | BYTE + 1]) + number.to_bytes(2, "big")
