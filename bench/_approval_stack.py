"""PostgreSQL and Temporal of the bench's own, its people, and workers that can be killed."""

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

from missions.person import Person, Role
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
"""The same in all processes of a benchmark."""
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class StackAddresses:
    """Where the servers are: addresses, and the database as its owner and each kind of process sees it."""

    temporal: str
    owner: str
    api: str
    missions: str
    actions: str
    rest: Addresses


@asynccontextmanager
async def own_place(servers: Iterable[ServerName] = BOTH) -> AsyncIterator[StackAddresses]:
    """Servers of the bench's own, gone at its end."""
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
    """Two processes of each kind, so that one may die while the other works."""

    place: StackAddresses
    folder: Path
    shifts: tuple[int, ...] = (0,)
    running: list[tuple[str, asyncio.subprocess.Process]] = field(default_factory=list)
    kills: int = 0

    async def start(self, kind: str) -> None:
        """One more, with the next of the wrong clocks."""
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
        """Those of the kind that have begun to work, as places in `running`."""
        return [
            place
            for place, (one, process) in enumerate(self.running)
            if one == kind and (self.folder / f"ready-{process.pid}").exists()
        ]

    def check(self) -> None:
        """Raises RuntimeError where one died by itself."""
        for kind, process in self.running:
            if process.returncode is not None:
                log = (self.folder / f"{kind}.log").read_text()
                raise RuntimeError(f"A worker for {kind} died by itself:\n{log[-3000:]}")

    async def kill(self, kind: str) -> None:
        """Kill -9 of one that works, where another can go on, and a new one takes its place."""
        ready = self.ready(kind)
        if len(ready) < 2:
            return
        _, process = self.running.pop(ready[0])
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.kills += 1
        await self.start(kind)

    async def stop(self) -> None:
        """All of them, without mercy."""
        for _, process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@asynccontextmanager
async def workers(
    place: StackAddresses, folder: Path, shifts: tuple[int, ...] = (0,)
) -> AsyncIterator[Workers]:
    """Running until the end, whatever it is."""
    made = Workers(place, folder, shifts)
    try:
        for kind in (MISSIONS, MISSIONS, ACTIONS, ACTIONS):
            await made.start(kind)
        yield made
    finally:
        await made.stop()


async def people_of(database: Database, roles: list[frozenset[Role]], org: str = ORG) -> list[Person]:
    """New members of the organization, signed in a moment ago."""
    people = PersonStore(database)
    await people.add_org(org, org)
    made = []
    for role in roles:
        email = f"{secrets.token_hex(6)}@bench.example"
        await people.add(org, email, email.partition("@")[0], "", role)
        account = await people.by_email(email)
        if account is None:
            raise RuntimeError("The person was not stored.")
        made.append(account.person)
    return made
