import contextlib
import json
import random
import socket
import threading
import time
from pathlib import Path

from runtime.local.private_files import private_directory, write_private

# Below Linux's ephemeral range (from 32768), so that no outgoing connection uses a remembered port. Twins
# (port + 10000) are between both ranges.
FIRST, LAST = 12800, 22700
TWIN = 10000
# The servers of a stack that was killed with -9 end a moment later: their ports are worth the wait.
PATIENCE_S = 1.5


class NoPortError(RuntimeError):
    """No free port was found."""


class PortBook:
    """Free loopback ports by name, remembered in `<data>/ports.json`.

    A claim keeps two stacks that choose at the same moment apart: an abstract socket per port, which the
    kernel closes when its process ends.
    """

    def __init__(self, data: Path) -> None:
        self._path = private_directory(data) / "ports.json"
        self._guard = threading.Lock()
        self._claims: list[socket.socket] = []
        self._given: dict[str, int] = {}
        self._remembered: dict[str, int] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def reserve(self, name: str, *, twin: bool = False) -> int:
        """The port of that name; with `twin`, port + 10000 is free too. Blocks up to 1.5 s. NoPortError."""
        with self._guard:
            if name not in self._given:
                self._given[name] = self._remembered_port(name, twin=twin) or self._fresh_port(twin=twin)
                self._remembered[name] = self._given[name]
                write_private(self._path, json.dumps(self._remembered, indent=1, sort_keys=True))
            return self._given[name]

    def close(self) -> None:
        """Releases the claims; the ports stay remembered."""
        while self._claims:
            self._claims.pop().close()

    def _remembered_port(self, name: str, *, twin: bool) -> int | None:
        port = self._remembered.get(name)
        if port is None:
            return None
        deadline = time.monotonic() + PATIENCE_S
        while not self._take(port, twin=twin):
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)
        return port

    def _fresh_port(self, *, twin: bool) -> int:
        chance = random.SystemRandom()
        for _ in range(500):
            port = chance.randrange(FIRST, LAST)
            if port not in self._remembered.values() and self._take(port, twin=twin):
                return port
        message = f"no free port between {FIRST} and {LAST} on 127.0.0.1"
        raise NoPortError(message)

    def _take(self, port: int, *, twin: bool) -> bool:
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0ops-agent-port-{port}")
        except OSError:
            claim.close()
            return False
        if all(_is_free(each) for each in ((port, port + TWIN) if twin else (port,))):
            self._claims.append(claim)
            return True
        claim.close()
        return False


def _is_free(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
