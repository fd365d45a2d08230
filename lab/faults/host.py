"""The machine below: its CPU, a full disk, and the clock that one service sees."""

import asyncio
import contextlib
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from time import time
from typing import ClassVar

import httpx
import psutil

from lab.context import ENV
from lab.faults.fault import Fault
from lab.faults.instances import instance_url, replace_instances
from lab.faults.logs import Since
from lab.faults.measures import WINDOW_S, latency, number, rows, value
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import Component
from missions.plan import ActionKind
from runtime.local.commands import run
from runtime.local.processes import Child

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


class HostFault(Fault):
    """A fault of what the services run on."""

    family = Family.HOST


class CpuHog(HostFault):
    """A neighbour compresses a backup on every core."""

    kind = "cpu-hog"
    incident_types = (IncidentType.RESOURCE_EXHAUSTION, IncidentType.LATENCY_DEGRADATION)
    normal: float | None = None

    def draw(self) -> None:
        """Draws how many processes there are."""
        self.component = Component.HOST
        self.accepted = names_of(self.component)
        self.strength = self.count = self.random.choice((8, 12, 16))
        self.detail = f"{self.count} processes that compress"
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.STOREFRONT),)
        self.prompts = SLOW[Journey.EVERYTHING]

    async def _inject(self, lab: Lab) -> None:
        self.normal = await latency(lab, Component.STOREFRONT)
        for index in range(self.count):
            argv = ["/bin/sh", "-c", "exec nice -n -5 gzip -9 </dev/zero >/dev/null"]
            name = f"backup-{index}"
            child = Child(name, argv, log=lab.run / "backup.log", env=ENV, grace_s=1)
            await lab.processes.start_child(child, partial(asyncio.sleep, 0))

    async def _lift(self, lab: Lab) -> None:
        await asyncio.gather(*(lab.processes.stop(name) for name in self._names(lab)))

    def _names(self, lab: Lab) -> list[str]:
        return [name for name in lab.processes.names() if name.startswith("backup-")]

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The kernel's account of the neighbour, the node exporter's CPU and pressure, and slower pages."""
        cores = sum(cores_of(lab.child(name)) for name in self._names(lab))
        if since.age < WINDOW_S or cores < HOGGED:
            return None
        # The busiest core: a recorder may keep its whole lab on one.
        idle = await value(lab, f'min(rate(node_cpu_seconds_total{{mode="idle"}}[{WINDOW_S}s]))')
        waiting = await value(lab, f"rate(node_pressure_cpu_waiting_seconds_total[{WINDOW_S}s])")
        seconds = await latency(lab, Component.STOREFRONT)
        if idle is None or waiting is None or idle > IDLE or waiting < WAITING:
            return None
        text = f"compressing takes {cores:.2f} cores, processes wait for one {waiting:.0%} of the time"
        return f"{text}; pages take {seconds or 0:.3f} s instead of {self.normal or 0:.3f} s"


IDLE, WAITING, HOGGED = 0.05, 0.9, 0.3


def cores_of(child: Child) -> float:
    """How many cores a process has used in the mean since its start; 0.0 where it does not run."""
    with contextlib.suppress(psutil.Error):
        if child.pid is not None and child.returncode is None:
            process = psutil.Process(child.pid)
            times = process.cpu_times()
            return (times.user + times.system) / max(0.1, time() - process.create_time())
    return 0.0


class FullDisk(HostFault):
    """The small file system on which a table of PostgreSQL grows is full."""

    kind = "disk-full"
    incident_types = (IncidentType.RESOURCE_EXHAUSTION,)
    TABLES: ClassVar = {
        "orders": ("orders", Journey.BUY),
        "deliveries": ("deliveries", Journey.MAIL),
    }
    confirm_s = 120.0

    def draw(self) -> None:
        """Draws the table."""
        self.component = Component.POSTGRES
        self.table = self.random.choice(sorted(self.TABLES))
        self.also = frozenset({Component.MAILER})
        self.detail = f"the tablespace of {self.table}"
        self.accepted = (*names_of(self.component), *names_of(Component.HOST), "disk", "filesystem")
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.POSTGRES),)
        self.prompts = FAILING[self.TABLES[self.table][1]]

    async def _inject(self, lab: Lab) -> None:
        volume = lab.run / "volume"
        volume.mkdir(exist_ok=True)
        if error := run(["mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "tmpfs", str(volume)]):
            raise RuntimeError(error)
        (volume / "pg").mkdir()
        await rows(lab, f"CREATE TABLESPACE volume LOCATION '{volume / 'pg'}'")
        await rows(lab, f"ALTER TABLE {self.table} SET TABLESPACE volume")
        indexes = await rows(lab, "SELECT indexname FROM pg_indexes WHERE tablename = %s", self.table)
        for index in indexes:
            await rows(lab, f"ALTER INDEX {index['indexname']} SET TABLESPACE volume")
        with (volume / "old-dump.sql").open("wb") as dump:
            try:
                while True:
                    dump.write(b"-- an export that was never removed\n" * 2000)
                    dump.flush()
            except OSError:
                pass  # full

    async def _lift(self, lab: Lab) -> None:
        volume = lab.run / "volume"
        if not volume.is_mount():
            return
        (volume / "old-dump.sql").unlink(missing_ok=True)
        if await number(lab, "SELECT count(*) FROM pg_tablespace WHERE spcname = 'volume'"):
            await rows(lab, f"ALTER TABLE {self.table} SET TABLESPACE pg_default")
            await rows(lab, "ALTER INDEX ALL IN TABLESPACE volume SET TABLESPACE pg_default")
            await rows(lab, "DROP TABLESPACE volume")
        if error := run(["umount", str(volume)]):
            raise RuntimeError(error)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """PostgreSQL's own errors."""
        lines = list(since.lines("postgres", "No space left on device"))
        return f"postgres' log, {len(lines)} times: {lines[-1].strip()[-120:]}" if lines else None


class WrongClock(HostFault):
    """The clock of storefront is wrong, so that the baskets that it signs are not valid.

    Services in Python cannot have a wrong clock: libfaketime 0.9.10 breaks the sleep of CPython 3.11.
    """

    kind = "wrong-clock"
    incident_types = (IncidentType.CLOCK, IncidentType.ERROR_SPIKE)
    calm_s = 20.0

    def draw(self) -> None:
        """Draws by how much the clock is wrong."""
        self.component = Component.STOREFRONT
        self.seconds = self.random.choice((-3600, -600, 600, 3600))
        self.detail = f"the clock of {self.component} is {self.seconds:+d} s wrong"
        self.accepted = names_of(Component.STOREFRONT, Component.ORDERS)
        self.note = "only storefront has the wrong clock; orders checks what it gets"
        self.does_not_help = (LabAction(ActionKind.RESTART, self.component),)
        self.prompts = FAILING[Journey.BUY]

    def possible(self) -> str | None:
        """It needs Debian's libfaketime."""
        return None if FAKETIME.exists() else f"{FAKETIME} does not exist"

    async def _inject(self, lab: Lab) -> None:
        values = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": f"{self.seconds:+d}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
        }
        lab.operations.set_host_environment(self.component, values)
        await replace_instances(lab, self.component)

    async def _lift(self, lab: Lab) -> None:
        lab.operations.set_host_environment(self.component, {})
        await replace_instances(lab, self.component)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The time in the service's own answer, and the baskets that orders refuses."""
        lines = list(since.lines(Component.ORDERS, "basket token (expired|was issued)"))
        if not lines:
            return None
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            response = await client.get(instance_url(lab, self.component, "/healthz"))
        shown = parsedate_to_datetime(response.headers["date"]).timestamp() - time()
        refused = f"orders' log, {len(lines)} times: {lines[-1].strip()[-90:]}"
        return f"{self.component} is {shown:+.0f} s off; {refused}"
