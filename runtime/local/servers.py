import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from runtime.local.lock import DataLock
from runtime.local.ports import PortBook
from runtime.local.postgres import LocalPostgres
from runtime.local.processes import Child, Supervisor
from runtime.local.seaweedfs import BUCKET, LocalSeaweedFS
from runtime.local.secrets import SecretFile
from runtime.local.temporal import LocalTemporal
from runtime.local.valkey import LocalValkey
from stores.bucket import Bucket


class ServerName(StrEnum):
    """The four servers."""

    POSTGRES = "postgres"
    VALKEY = "valkey"
    SEAWEEDFS = "seaweedfs"
    TEMPORAL = "temporal"


@dataclass(frozen=True)
class Addresses:
    """The addresses and credentials of the servers; empty for those that were not started."""

    database_url: str = ""
    redis_urls: dict[str, str] = field(default_factory=dict)
    s3_endpoint: str = ""
    s3_bucket: str = BUCKET
    s3_keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    temporal_address: str = ""
    temporal_ui_url: str = ""
    ports: tuple[int, ...] = ()
    """Every port of these servers that we choose."""

    def bucket(self, identity: str) -> Bucket:
        """The bucket, with the key of this identity."""
        access_key, secret_key = self.s3_keys[identity]
        return Bucket(self.s3_endpoint, self.s3_bucket, access_key, secret_key)


class _Server(Protocol):
    async def prepare(self) -> None: ...
    def child(self) -> Child: ...
    async def ready(self) -> None: ...


class LocalServers:
    """PostgreSQL, Valkey, SeaweedFS and Temporal in one data directory, which is locked until `close`."""

    def __init__(self, data: Path, progress: Callable[[str], None]) -> None:
        """Takes the lock: DataInUseError if another process runs a stack there."""
        self._data = data.absolute()
        self._progress = progress
        self._lock = DataLock(self._data)
        self._ports = PortBook(self._data)
        self._secrets = SecretFile(self._data)

    @property
    def secrets(self) -> SecretFile:
        """Also for the secrets of the product's processes: only one object may write the file."""
        return self._secrets

    @property
    def ports(self) -> PortBook:
        """Also for the ports of the product's processes, in the same file."""
        return self._ports

    async def start(self, supervisor: Supervisor, subset: Iterable[ServerName] = ServerName) -> Addresses:
        """Starts them in parallel and returns when each answers in its own protocol.

        The first error (ChildDiedError, NotReadyError, MissingServerError) stops what was started.
        """
        names = frozenset(subset)
        servers, addresses = await asyncio.to_thread(self._build, names)
        tasks = [
            asyncio.create_task(self._start(name, server, supervisor)) for name, server in servers.items()
        ]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:  # once: each takes longer to stop its server than `end_tasks` waits
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await supervisor.stop()
            raise
        return addresses

    def close(self) -> None:
        """Releases the directory and the ports; call it after the supervisor has stopped."""
        self._ports.close()
        self._lock.release()

    async def _start(self, name: ServerName, server: _Server, supervisor: Supervisor) -> None:
        began = time.perf_counter()
        await server.prepare()
        await supervisor.start(server.child(), ready=server.ready)
        self._progress(f"{name} is ready after {time.perf_counter() - began:.2f} s")

    def _build(self, names: frozenset[ServerName]) -> tuple[dict[ServerName, _Server], Addresses]:
        secrets, book = self._secrets, self._ports
        servers: dict[ServerName, _Server] = {}
        addresses: dict[str, str] = {}
        redis_urls: dict[str, str] = {}
        s3_keys: dict[str, tuple[str, str]] = {}
        ports: list[int] = []
        if ServerName.SEAWEEDFS in names:
            s3 = LocalSeaweedFS(self._data, LocalSeaweedFS.reserve(book), secrets)
            servers[ServerName.SEAWEEDFS] = s3
            addresses["s3_endpoint"], s3_keys = s3.endpoint, s3.keys
            ports += s3.ports
        if ServerName.POSTGRES in names:
            postgres = LocalPostgres(self._data, port := book.reserve("postgres"), secrets)
            servers[ServerName.POSTGRES] = postgres
            addresses["database_url"] = postgres.database_url
            ports.append(port)
        if ServerName.TEMPORAL in names:
            temporal = LocalTemporal(self._data, roles := LocalTemporal.reserve(book))
            servers[ServerName.TEMPORAL] = temporal
            ports += roles.values()
            addresses["temporal_address"], addresses["temporal_ui_url"] = temporal.address, temporal.ui_url
        if ServerName.VALKEY in names:
            valkey = LocalValkey(self._data, port := book.reserve("valkey"), secrets)
            servers[ServerName.VALKEY] = valkey
            redis_urls = valkey.redis_urls
            ports.append(port)
        return servers, Addresses(**addresses, redis_urls=redis_urls, s3_keys=s3_keys, ports=tuple(ports))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()
