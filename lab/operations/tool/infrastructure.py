"""What the lab itself runs, such as PostgreSQL: asked over the lab's own socket."""

import json
import socket

from lab.operations.tool.changes import record
from lab.operations.tool.layout import Layout
from lab.operations.tool.service import Caller

_TIMEOUT_S = 60.0
_OUTPUT = 65_536


class InfrastructureError(RuntimeError):
    """The lab could not do it; the message says why."""


def state(layout: Layout, name: str) -> dict[str, int | str | None]:
    """The fields of a service; the generation is the number of its starts, and the others are empty."""
    fields: dict[str, int | str | None] = {"service": name, "generation": int(_ask(layout, {"state": name}))}
    return fields | dict.fromkeys(("replicas", "revision", "previousRevision", "version"))


def restart(layout: Layout, name: str, caller: Caller) -> str:
    """Stops it, and returns when it answers again."""
    detail = _ask(layout, {"restart": name, "generation": caller.generation})
    record(layout, name, "restart", caller.who, key=caller.key)
    return detail


def _ask(layout: Layout, request: dict[str, object]) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        connection.connect(str(layout.supervision_socket))
        connection.sendall(json.dumps(request).encode() + b"\n")
        answer = b""
        while part := connection.recv(_OUTPUT):
            answer += part
    content = json.loads(answer or b'{"error": "the lab gave no answer"}')
    if "error" in content:
        raise InfrastructureError(content["error"])
    return str(content["detail"])
