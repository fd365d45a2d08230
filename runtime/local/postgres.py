import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from runtime.local.binaries import postgres_program
from runtime.local.polling import answers
from runtime.local.private_files import private_directory, write_private
from runtime.local.processes import Child
from runtime.local.secrets import SecretFile

USER = DATABASE = "ops"
ENV: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class LocalPostgres:
    """PostgreSQL in `<data>/postgres`, over TCP on loopback only, database and superuser `ops`."""

    def __init__(self, data: Path, port: int, secrets: SecretFile) -> None:
        self._home = data / "postgres"
        self._cluster = self._home / "cluster"
        self._log = data / "logs" / "postgres.log"
        self._port = port
        self._password = secrets.get("postgres")

    @property
    def database_url(self) -> str:
        """SQLAlchemy's URL for the superuser."""
        return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self._port}/{DATABASE}"

    async def prepare(self) -> None:
        """Creates the cluster if there is none. ChildDiedError with initdb's output if it fails."""
        private_directory(self._home)
        if self._cluster.exists():
            self._forget_dead_postmaster()
            return
        # Created beside and renamed: an incomplete cluster is never used.
        fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=self._home))
        self._own_like_home(fresh)
        password = fresh / "password"
        write_private(password, self._password)
        self._own_like_home(password)
        initdb = Child(
            "initdb",
            [
                *(str(postgres_program("initdb")), "-D", str(fresh / "cluster"), "-U", USER, "-E", "UTF8"),
                *("--locale-provider=builtin", "--locale=C.UTF-8", "-A", "scram-sha-256", "--data-checksums"),
                *("--pwfile", str(password), "-c", "timezone=UTC", "-c", "log_timezone=UTC"),
            ],
            log=self._log.with_name("initdb.log"),
            env=ENV,
            cwd=self._home,
            nobody=True,
        )
        initdb.start()
        try:
            if await initdb.wait() != 0:
                raise initdb.death()
            (fresh / "cluster").rename(self._cluster)
        finally:
            await initdb.stop(0)
            shutil.rmtree(fresh, ignore_errors=True)

    def child(self) -> Child:
        """The server. It is stopped with SIGINT: SIGTERM would wait for every client to disconnect."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self._port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "64MB",
            "logging_collector": "off",
        }
        argv = [str(postgres_program("postgres")), "-D", str(self._cluster)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return Child(
            "postgres",
            argv,
            log=self._log,
            env=ENV,
            cwd=self._home,
            nobody=True,
            stop_signal=signal.SIGINT,
            grace_s=10,
        )

    async def ready(self) -> None:
        """Returns once SQL works and the database `ops` exists; creates it. NotReadyError."""
        await answers("postgres", self._select, (psycopg.OperationalError,), self._log)

    async def _select(self) -> None:
        info = make_conninfo(
            dbname="postgres",
            host="127.0.0.1",
            port=self._port,
            user=USER,
            password=self._password,
            connect_timeout=5,
        )
        async with await psycopg.AsyncConnection.connect(info, autocommit=True) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = 'ops'"
            if await (await connection.execute(query)).fetchone() is None:
                await connection.execute("CREATE DATABASE ops")

    def _own_like_home(self, path: Path) -> None:
        # Needed where user namespaces are forbidden and the data directory belongs to the user `nobody`.
        owner = self._home.stat()
        os.chown(path, owner.st_uid, owner.st_gid)

    def _forget_dead_postmaster(self) -> None:
        # After kill -9 and a container's restart, its old pid may be another server's. PostgreSQL
        # would take that for a running postmaster, and never start.
        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = pid_file.read_text().partition("\n")[0].strip()
        try:
            command = Path("/proc", pid, "cmdline").read_bytes()
        except OSError:
            return  # no such process: PostgreSQL handles that
        if str(self._cluster).encode() not in command:
            pid_file.unlink()
