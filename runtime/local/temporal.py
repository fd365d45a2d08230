from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from runtime.local.binaries import script
from runtime.local.polling import answers
from runtime.local.ports import PortBook
from runtime.local.private_files import private_directory
from runtime.local.processes import Child
from runtime.namespace import settle

NAMESPACE = "default"
PORTS = {"grpc": "--port", "ui": "--ui-port", "http": "--http-port", "metrics": "--metrics-port"}


class LocalTemporal:
    """Temporal's dev server on SQLite in `<data>/temporal`. Its UI has no login: loopback only."""

    def __init__(self, data: Path, ports: dict[str, int]) -> None:
        self._home = data / "temporal"
        self._log = data / "logs" / "temporal.log"
        self._ports = ports

    @staticmethod
    def reserve(book: PortBook) -> dict[str, int]:
        """Role to port. Blocks."""
        return {role: book.reserve(f"temporal-{role}") for role in PORTS}

    @property
    def address(self) -> str:
        """host:port of the gRPC front end."""
        return f"127.0.0.1:{self._ports['grpc']}"

    @property
    def ui_url(self) -> str:
        """The Web UI."""
        return f"http://127.0.0.1:{self._ports['ui']}"

    async def prepare(self) -> None:
        """Creates its directory."""
        private_directory(self._home)

    def child(self) -> Child:
        """The server. WAL allows five times as many missions per second, and lost nothing after kill -9."""
        argv = [str(script("temporal")), "server", "start-dev", "--ip", "127.0.0.1"]
        for role, option in PORTS.items():
            argv += [option, str(self._ports[role])]
        argv += [
            "--db-filename",
            str(self._home / "temporal.db"),
            "--log-level",
            "error",
            "--ui-disable-news-fetch",
        ]
        argv += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
        env = {"HOME": str(self._home), "TZ": "UTC", "TEMPORAL_VERSION_CHECK_DISABLED": "1"}
        env |= {"GOMEMLIMIT": "120MiB", "GOGC": "40"}
        return Child("temporal", argv, log=self._log, env=env, cwd=self._home)

    async def ready(self) -> None:
        """Returns once the namespace has our retention and search attributes. NotReadyError."""
        await answers("temporal", self._settle, (RuntimeError, RPCError), self._log)

    async def _settle(self) -> None:
        # At every start: the server ignores its own options for an existing file.
        await settle(await Client.connect(self.address, namespace=NAMESPACE))
