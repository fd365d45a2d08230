"""supervisord's XML-RPC interface over its Unix socket."""

import contextlib
import http.client
import socket
import xmlrpc.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BAD_NAME, _ALREADY_STARTED, _NOT_RUNNING = 10, 60, 70
_TIMEOUT_S = 60.0


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT_S)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ANN401  the base class's
        """The open connection or a new one; `close` of the base class closes `_connection`."""
        connection = self._connection[1] or _Connection(self._path)
        self._connection = (host, connection)
        return connection


class Supervisord:
    """Starts and stops instances such as `catalog-1`. OSError where supervisord does not answer."""

    def __init__(self, path: Path) -> None:
        self._transport = _Transport(path)
        server = xmlrpc.client.ServerProxy("http://localhost", transport=self._transport)
        self._proxy: Any = server.supervisor

    def start(self, instance: str) -> None:
        """Starts it and does not wait; nothing happens if it runs already."""
        with _tolerated(_ALREADY_STARTED):
            self._proxy.startProcess(_full(instance), False)  # noqa: FBT003  XML-RPC has no keywords

    def stop(self, instance: str) -> None:
        """Stops it and waits for its end; nothing happens if it does not run."""
        with _tolerated(_NOT_RUNNING):
            self._proxy.stopProcess(_full(instance), True)  # noqa: FBT003  as above

    def state(self, instance: str) -> str:
        """Such as RUNNING, STARTING, BACKOFF, STOPPED, FATAL; UNKNOWN for an unknown instance."""
        try:
            return str(self._proxy.getProcessInfo(_full(instance))["statename"])
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != _BAD_NAME:
                raise
            return "UNKNOWN"

    def ready(self) -> bool:
        """Whether supervisord takes commands."""
        return str(self._proxy.getState()["statename"]) == "RUNNING"

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()


def _full(instance: str) -> str:
    """The group is the service."""
    return f"{instance.rpartition('-')[0]}:{instance}"


@contextlib.contextmanager
def _tolerated(code: int) -> Iterator[None]:
    try:
        yield
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != code:
            raise
