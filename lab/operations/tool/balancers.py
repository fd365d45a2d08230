"""Puts instances into the rotation of their load balancer, and takes them out of it."""

import contextlib
import json
import os
import signal
import socket
from pathlib import Path

from lab.operations.tool.layout import Layout, ServiceLayout
from lab.topology import DOMAIN

_TIMEOUT_S = 5.0
_OUTPUT = 65_536


class BalancerError(RuntimeError):
    """A load balancer refused a command; the message has its answer."""


def set_rotation(layout: Layout, service: ServiceLayout, instances: set[int]) -> None:
    """Makes exactly these instances, counted from 1, get requests. OSError or BalancerError otherwise."""
    match service.balancer:
        case "haproxy":
            for number in range(1, len(service.addresses) + 1):
                state = "ready" if number in instances else "maint"
                _haproxy(
                    layout.haproxy_socket, f"set server {service.name}/{service.name}-{number} state {state}"
                )
        case "nginx":
            _nginx(layout, service, instances)


def set_targets(layout: Layout, service: ServiceLayout, count: int) -> None:
    """Makes Prometheus scrape the first `count` instances."""
    if service.metrics_port is not None:
        names = [f"{service.name}-{number}.{DOMAIN}" for number in range(1, count + 1)]
        targets = [f"{name}:{service.metrics_port}" for name in names]
        content = [{"targets": targets, "labels": {"job": service.name}}]
        replace(layout.targets / f"{service.name}.json", json.dumps(content, indent=1) + "\n")


def replace(path: Path, text: str) -> None:
    """Writes the file atomically, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _haproxy(path: Path, command: str) -> None:
    """Commands that change something answer with an empty line."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        connection.connect(str(path))
        connection.sendall(f"{command}\n".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(_OUTPUT):
            answer += part
    if answer.strip():
        raise BalancerError(f"haproxy: {command}: {answer.decode(errors='replace').strip()}")


def _nginx(layout: Layout, service: ServiceLayout, instances: set[int]) -> None:
    """Writes the upstream's servers and reloads. nginx refuses an upstream without any, so one is down."""
    lines = [
        f"server {address}:{service.port}{'' if number in instances else ' down'};\n"
        for number, address in enumerate(service.addresses, 1)
    ]
    replace(layout.nginx_upstreams / f"{service.name}.conf", "".join(lines))
    pid_file = layout.run / "nginx.pid"
    # An nginx that does not run reads the file when it starts.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(pid_file.read_text(encoding="utf-8")), signal.SIGHUP)
