"""A PostgreSQL cluster with the shop's tables and rows, made once and copied at each start of a lab."""

import asyncio
import fcntl
import hashlib
import secrets
import shutil
import signal
from pathlib import Path

import psycopg

from lab.context import ENV, LabContext
from lab.programs import POSTGRES
from lab.topology import PORTS
from runtime.local.commands import run
from runtime.local.polling import answers
from runtime.local.private_files import private_directory, write_private
from runtime.local.processes import Child
from runtime.local_settings import ROOT

DATABASE, SUPERUSER = "tickets", "postgres"
_SHOP = ROOT / "lab" / "services" / "database"
SCRIPTS = (
    _SHOP / "schema.sql",
    _SHOP / "seed.sql",
    Path(__file__).with_name("files") / "postgres-monitoring.sql",
)
_PASSWORD = "password"  # noqa: S105  a file's name
_PASSFILE = "pgpass"
_LOCK = "building-postgres.lock"
# Only loopback, and each user with a password.
_ACCESS = "host all all 127.0.0.0/8 scram-sha-256\n"


class PostgresTemplate:
    """The cluster in the lab's software directory; another content of the scripts makes another one."""

    def __init__(self, context: LabContext) -> None:
        self._context = context
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in SCRIPTS if path.exists()))
        self.folder = context.software.home / f"postgres-{digest.hexdigest()[:12]}"

    @property
    def password(self) -> str:
        """The superuser's. OSError before the template exists."""
        return (self.folder / _PASSWORD).read_text()

    def copy_to(self, cluster: Path) -> None:
        """Makes a fresh cluster. It blocks for about half a second. RuntimeError if it cannot."""
        shutil.rmtree(cluster, ignore_errors=True)
        if error := run(["cp", "-a", str(self.folder / "cluster"), str(cluster)]):
            raise RuntimeError(f"the database cannot be copied: {error}")

    async def build(self) -> None:
        """Makes the template where it is missing. ChildDiedError, NotReadyError, RuntimeError."""
        if self.folder.exists():
            return
        with (private_directory(self._context.software.home) / _LOCK).open("w") as lock:
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)  # another lab may be making it
            if not self.folder.exists():
                await self._make()

    async def _make(self) -> None:
        home = self._context.software.home
        for old in home.glob("postgres-*"):
            await asyncio.to_thread(shutil.rmtree, old)
        # Built beside and renamed: an incomplete template is never used.
        building = private_directory(home / "building-postgres")
        await asyncio.to_thread(shutil.rmtree, building)
        private_directory(building)
        password = secrets.token_urlsafe(24)
        write_private(building / _PASSWORD, password)
        write_private(building / _PASSFILE, f"*:*:*:{SUPERUSER}:{password}\n")
        await self._initialize(building)
        await self._fill(building)
        building.rename(self.folder)

    async def _initialize(self, building: Path) -> None:
        argv = [
            *(_program("initdb"), "-D", str(building / "cluster"), "-U", SUPERUSER, "-E", "UTF8"),
            *("--locale=C.UTF-8", "-A", "scram-sha-256", "--pwfile", str(building / _PASSWORD)),
            *("--no-sync", "--data-checksums"),
        ]
        initdb = Child(
            "initdb", argv, log=self._context.log("initdb"), env=ENV, cwd=building, nobody=True, grace_s=0
        )
        initdb.start()
        try:
            if await initdb.wait() != 0:
                raise initdb.death()
        finally:
            await initdb.stop()
        (building / "cluster" / "pg_hba.conf").write_text(_ACCESS)

    async def _fill(self, building: Path) -> None:
        password = (building / _PASSWORD).read_text()
        info = postgres_dsn(self._context, password, "postgres")
        server = postgres_child(self._context, building / "cluster", {"fsync": "off", "autovacuum": "off"})
        server.start()
        try:
            await answers(
                "postgres", lambda: _connect(info), (psycopg.OperationalError,), self._context.log("postgres")
            )
            async with await psycopg.AsyncConnection.connect(info, autocommit=True) as connection:
                await connection.execute(f"CREATE DATABASE {DATABASE}")
            for script in SCRIPTS:
                if script.exists():
                    error = await asyncio.to_thread(run, self._psql(building / _PASSFILE, script))
                    if error is not None:
                        raise RuntimeError(error)
        finally:
            await server.stop(60)

    def _psql(self, passfile: Path, script: Path) -> list[str]:
        """The password is in a file: every user of the machine sees a process' arguments."""
        dsn = f"host={self._context.network.host('postgres')} port={PORTS['postgres']} user={SUPERUSER}"
        dsn += f" dbname={DATABASE} passfile='{passfile}'"
        return [_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-f", str(script)]


def postgres_dsn(context: LabContext, password: str, database: str = DATABASE) -> str:
    """The superuser's connection URL, without the fault proxy."""
    return f"postgresql://{SUPERUSER}:{password}@{context.network.address('postgres')}/{database}"


def postgres_child(context: LabContext, cluster: Path, settings: dict[str, object]) -> Child:
    """The server on this cluster. SIGINT stops it: SIGTERM would wait for every client to disconnect."""
    every = {
        "listen_addresses": context.network.host("postgres"),
        "port": PORTS["postgres"],
        "unix_socket_directories": "",
        "logging_collector": "off",
        **settings,
    }
    argv = [str(POSTGRES.path), "-D", str(cluster)]
    for name, value in every.items():
        argv += ["-c", f"{name}={value}"]
    log = context.log("postgres")
    return Child(
        "postgres",
        argv,
        log=log,
        env=ENV,
        cwd=cluster.parent,
        nobody=True,
        stop_signal=signal.SIGINT,
        grace_s=10,
    )


def _program(name: str) -> str:
    if POSTGRES.path is None:
        raise RuntimeError(f"{POSTGRES.package} is not installed: make lab-setup")
    return str(POSTGRES.path.with_name(name))


async def _connect(info: str) -> None:
    async with await psycopg.AsyncConnection.connect(info, connect_timeout=5) as connection:
        await connection.execute("SELECT 1")
