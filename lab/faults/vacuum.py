"""PostgreSQL: vacuum that does not stop."""

import asyncio

import psycopg

from lab.faults.background import Background
from lab.faults.database import RESTART_POSTGRES, DatabaseFault
from lab.faults.logs import Since
from lab.faults.measures import WINDOW_S, latency, rows, value
from lab.faults.prompts import SLOW, Journey
from lab.faults.truth import IncidentType
from lab.platform import Lab
from lab.topology import Component

CHURNING = 2
POSTGRES = '{groupname="postgres"}'
BUSIER = 3.0


class EndlessVacuum(DatabaseFault):
    """Autovacuum without cost limits on a table that changes all the time."""

    kind = "vacuum-load"
    incident_types = (IncidentType.RESOURCE_EXHAUSTION, IncidentType.LATENCY_DEGRADATION)
    SETTINGS = {
        "autovacuum_naptime": "1s",
        "autovacuum_vacuum_cost_delay": "0",
        "log_autovacuum_min_duration": "0",
    }
    churn: Background | None = None
    normal: float | None = None
    cores = 0.0

    def draw(self) -> None:
        """Draws how many rows change at once."""
        super().draw()
        self.also = frozenset({Component.HOST})
        self.size = self.random.choice((100_000, 200_000))
        self.detail = f"{self.size} rows of a report change without end"
        self.does_not_help = (RESTART_POSTGRES,)
        self.prompts = SLOW[Journey.EVERYTHING]

    async def _inject(self, lab: Lab) -> None:
        for name, setting in self.SETTINGS.items():
            await rows(lab, f"ALTER SYSTEM SET {name} = '{setting}'")
        await rows(lab, "SELECT pg_reload_conf()")
        await rows(
            lab,
            "CREATE TABLE IF NOT EXISTS daily_report (id integer, views integer, note text)"
            " WITH (autovacuum_vacuum_scale_factor = 0.01)",
        )
        await rows(
            lab,
            "INSERT INTO daily_report SELECT id, 0, repeat('x', 200) FROM generate_series(1, %s::int) AS id",
            self.size,
        )
        await rows(lab, "CREATE INDEX IF NOT EXISTS daily_report_idx ON daily_report (views, id)")
        self.normal, self.cores = await latency(lab, Component.STOREFRONT), await _cores(lab)
        self.churn = Background(self._change_all(lab))

    async def _change_all(self, lab: Lab) -> None:
        async with asyncio.TaskGroup() as group:
            for part in range(CHURNING):
                group.create_task(self._change(lab, part))

    async def _change(self, lab: Lab, part: int) -> None:
        """What the reporting job does; it connects again after a restart of the database."""
        statement = "UPDATE daily_report SET views = views + 1 WHERE id %% %s = %s"
        while True:
            try:
                await rows(lab, statement, CHURNING, part)
            except psycopg.OperationalError:
                await asyncio.sleep(1)

    async def _lift(self, lab: Lab) -> None:
        if self.churn is not None:
            await self.churn.stop()
        for name in self.SETTINGS:
            await rows(lab, f"ALTER SYSTEM RESET {name}")
        await rows(lab, "SELECT pg_reload_conf()")
        await rows(lab, "DROP TABLE IF EXISTS daily_report")

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """PostgreSQL's own line on a vacuum of the table, the CPU that it takes, and the latency of pages."""
        lines = list(since.lines("postgres", "automatic vacuum of table .*daily_report"))
        cores = await _cores(lab)
        if not lines or since.age < WINDOW_S or cores < BUSIER * self.cores:
            return None
        seconds = await latency(lab, Component.STOREFRONT) or 0.0
        text = f"{len(lines)} times {lines[-1].strip()[-70:]}; {cores:.2f} cores instead of {self.cores:.2f}"
        return f"{text}; pages take {seconds:.2f} s instead of {self.normal or 0:.2f} s"


async def _cores(lab: Lab) -> float:
    """How many cores PostgreSQL used in the last 15 s, as the process exporter counts them."""
    expression = f"sum(rate(namedprocess_namegroup_cpu_seconds_total{POSTGRES}[{WINDOW_S}s]))"
    return await value(lab, expression) or 0.0
