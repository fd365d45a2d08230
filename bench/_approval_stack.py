"""The benchmark's own PostgreSQL and Temporal, its people, and workers that can be killed."""

import asyncio
import contextlib
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from missions.permissions import Role
from missions.person import Person
from runtime.codec import OrgCodec
from runtime.local.processes import Supervisor
from runtime.local.servers import Addresses, LocalServers, ServerName
from runtime.payload_keys import PayloadKeys
from runtime.topology import ORG, PROCESSES
from stores.postgres.accounts.people import PersonStore
from stores.postgres.database import Database
from stores.postgres.migrating import ensure_login, migrate
from workflows.policies import ACTIONS, MISSIONS

BOTH = (ServerName.POSTGRES, ServerName.TEMPORAL)
PAYLOAD_KEY = "a-payload-key-of-the-benchmarks-32-bytes"
CODEC = OrgCodec(PayloadKeys([PAYLOAD_KEY]))
"""The codec of all processes of a benchmark."""
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class StackAddresses:
    """Addresses of the servers; the database URLs are those of its owner and of each kind of process."""

    temporal: str
    owner: str
    api: str
    missions: str
    actions: str
    rest: Addresses


@asynccontextmanager
async def bench_servers(servers: Iterable[ServerName] = BOTH) -> AsyncIterator[StackAddresses]:
    """Servers that exist until the benchmark ends."""
    with tempfile.TemporaryDirectory() as folder:
        supervisor, data = Supervisor(lambda _: None), Path(folder) / "data"
        data.mkdir()
        with LocalServers(data, lambda _: None) as local:
            where = await local.start(supervisor, servers)
            try:
                await asyncio.to_thread(migrate, where.database_url, ORG)
                logins = await _logins(where.database_url)
                yield StackAddresses(where.temporal_address, where.database_url, **logins, rest=where)
            finally:
                await supervisor.stop()


async def _logins(owner: str) -> dict[str, str]:
    urls = {}
    for process in PROCESSES:
        if process.database_group is not None:
            password = secrets.token_hex(8)
            await asyncio.to_thread(ensure_login, owner, process.name, password, process.database_group)
            urls[process.name] = f"postgresql+psycopg://{process.name}:{password}@{owner.partition('@')[2]}"
    return urls


@dataclass
class Workers:
    """Two workers of each kind, so that one can be killed while the other works.

    `shifts` are seconds by which the workers' clocks are wrong, in turns.
    """

    place: StackAddresses
    folder: Path
    shifts: tuple[int, ...] = (0,)
    running: list[tuple[str, asyncio.subprocess.Process]] = field(default_factory=list)
    kills: int = 0

    async def start(self, kind: str) -> None:
        """Starts another worker of a kind, with the next clock shift."""
        place = self.place
        url = place.missions if kind == MISSIONS else place.actions
        shift = self.shifts[(len(self.running) + self.kills) % len(self.shifts)]
        with (self.folder / f"{kind}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench._approval_worker", kind),
                *(place.temporal, url, str(self.folder), str(shift)),
                cwd=ROOT,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
            )
        self.running.append((kind, process))

    def ready(self, kind: str) -> list[int]:
        """Indices in `running` of the kind's workers that have begun to work."""
        return [
            place
            for place, (running_kind, process) in enumerate(self.running)
            if running_kind == kind and (self.folder / f"ready-{process.pid}").exists()
        ]

    def check(self) -> None:
        """Raises RuntimeError if a worker ended without being killed."""
        for kind, process in self.running:
            if process.returncode is not None:
                log = (self.folder / f"{kind}.log").read_text()
                raise RuntimeError(f"A worker for {kind} ended by itself:\n{log[-3000:]}")

    async def kill(self, kind: str) -> None:
        """Kills a worker with SIGKILL and replaces it, if another one can go on."""
        ready = self.ready(kind)
        if len(ready) < 2:
            return
        _, process = self.running.pop(ready[0])
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.kills += 1
        await self.start(kind)

    async def stop(self) -> None:
        """Kills all workers."""
        for _, process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@asynccontextmanager
async def workers(
    place: StackAddresses, folder: Path, shifts: tuple[int, ...] = (0,)
) -> AsyncIterator[Workers]:
    """Two workers of each kind."""
    processes = Workers(place, folder, shifts)
    try:
        for kind in (MISSIONS, MISSIONS, ACTIONS, ACTIONS):
            await processes.start(kind)
        yield processes
    finally:
        await processes.stop()


async def new_members(database: Database, roles: list[frozenset[Role]], org: str = ORG) -> list[Person]:
    """New members of the organization with these roles."""
    people = PersonStore(database)
    await people.add_org(org, org)
    members = []
    for role in roles:
        email = f"{secrets.token_hex(6)}@bench.example"
        await people.add(org, email, email.partition("@")[0], "", role)
        account = await people.by_email(email)
        if account is None:
            raise RuntimeError("The person was not stored.")
        members.append(account.person)
    return members
