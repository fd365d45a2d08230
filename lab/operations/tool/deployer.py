"""A webhook target: `python -m lab.operations.tool.deployer RUN HOST PORT SECRET service …`.

It is the contract of docs/actions.md, written from that page alone.
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lab.operations.tool.commands import CHANGED, RUNNING, UNKNOWN, WRONG, run
from lab.operations.tool.layout import Layout
from lab.operations.tool.receipts import Receipts
from lab.operations.tool.service import Service

WHO = "deployer"
_LATE_S = 300
_MAX_BODY = 100_000
_STATUS = {WRONG: 400, UNKNOWN: 404, RUNNING: 409, CHANGED: 412}
_ARGUMENT = {"scale": "replicas", "rollback": "revision"}
_KINDS = ("restart", "scale", "rollback")


@dataclass(frozen=True)
class Deployer:
    """What the target may change, and the secret that its callers sign with."""

    layout: Layout
    services: tuple[str, ...]
    secret: bytes

    def verifies(self, headers: Any, content: bytes) -> bool:  # noqa: ANN401  the server's own headers
        """Whether the signature is right and at most five minutes old."""
        identifier, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > _LATE_S:
            return False
        signed = f"{identifier}.{timestamp}.".encode() + content
        expected = hmac.digest(self.secret, signed, hashlib.sha256)
        for text in headers.get("webhook-signature", "").split():
            version, _, encoded = text.partition(",")
            try:
                given = base64.b64decode(encoded, validate=True)
            except ValueError:
                continue
            if version == "v1" and hmac.compare_digest(given, expected):
                return True
        return False

    def state(self, name: str) -> tuple[int, dict[str, Any]]:
        """The response to `GET /services/{service}`: status and content."""
        if name not in self.services:
            return HTTPStatus.NOT_FOUND, {"error": f"there is no service {name}"}
        return HTTPStatus.OK, Service(self.layout, name).state

    def receipt(self, key: str) -> tuple[int, dict[str, Any]]:
        """The response to `GET /actions/{key}`."""
        try:
            receipt = Receipts(self.layout.receipts).read(key)
        except ValueError as error:
            return HTTPStatus.BAD_REQUEST, {"error": str(error)}
        match receipt and receipt["status"]:
            case None:
                return HTTPStatus.NOT_FOUND, {"error": f"no action has the key {key}"}
            case "running":
                return HTTPStatus.ACCEPTED, {"detail": "it is still running"}
            case "done":
                return HTTPStatus.OK, {"detail": (receipt or {})["detail"]}
        return HTTPStatus.INTERNAL_SERVER_ERROR, {"error": (receipt or {})["detail"]}

    def act(self, body: dict[str, Any], expected: str | None) -> tuple[int, dict[str, Any]]:
        """The response to `POST /actions`; `expected` is the generation of If-Match."""
        name, kind = body["service"], body["kind"]
        if name not in self.services:
            return HTTPStatus.NOT_FOUND, {"error": f"there is no service {name}"}
        if kind not in _KINDS:
            return HTTPStatus.BAD_REQUEST, {"error": f"{kind} is not possible here"}
        argument = [str(body["params"][_ARGUMENT[kind]])] if kind in _ARGUMENT else []
        command = [kind, name, *argument]
        if body["dryRun"]:
            result = run(self.layout, [*command, "--dry-run"], WHO)
            if result.code == 0:
                return HTTPStatus.OK, {"would": result.text}
            return _STATUS.get(result.code, HTTPStatus.UNPROCESSABLE_ENTITY), {"error": result.text}
        command += ["--key", body["key"]] + (["--generation", expected] if expected else [])
        result = run(self.layout, command, WHO)
        if result.code == 0:
            return HTTPStatus.OK, {"detail": result.text}
        begun = Receipts(self.layout.receipts).read(body["key"]) is not None
        failed = HTTPStatus.INTERNAL_SERVER_ERROR if begun else HTTPStatus.UNPROCESSABLE_ENTITY
        return _STATUS.get(result.code, failed), {"error": result.text}


class _Handler(BaseHTTPRequestHandler):
    deployer: Deployer

    def do_GET(self) -> None:
        if not self.deployer.verifies(self.headers, f"GET {self.path}".encode()):
            return self._answer(HTTPStatus.UNAUTHORIZED, {"error": "the signature is wrong"})
        match self.path.split("/"):
            case ["", "services", name]:
                return self._answer(*self.deployer.state(unquote(name)))
            case ["", "actions", key]:
                return self._answer(*self.deployer.receipt(unquote(key)))
        return self._answer(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MAX_BODY:
            return self._answer(HTTPStatus.BAD_REQUEST, {"error": f"at most {_MAX_BODY} bytes are read"})
        body = self.rfile.read(int(length))
        if not self.deployer.verifies(self.headers, body):
            return self._answer(HTTPStatus.UNAUTHORIZED, {"error": "the signature is wrong"})
        if self.path != "/actions":
            return self._answer(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})
        expected = (self.headers.get("If-Match") or "").strip('"')
        try:
            status, content = self.deployer.act(json.loads(body), expected or None)
        except (KeyError, TypeError, ValueError) as error:
            status, content = HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}"}
        return self._answer(status, content)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(argv: list[str]) -> None:
    """Serves until it is killed."""
    run_folder, host, port, secret, *services = argv
    layout = Layout.read(Path(run_folder))
    _Handler.deployer = Deployer(layout, tuple(services), Path(secret).read_bytes().strip())
    ThreadingHTTPServer((host, int(port)), _Handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
