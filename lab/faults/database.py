"""PostgreSQL: a lock that is held, an index that is gone, vacuum that does not stop."""

import asyncio
import contextlib

import psycopg

from lab.faults.fault import Fault
from lab.faults.logs import Since
from lab.faults.measures import WINDOW_S, latency, number, rows, value
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import Component
from missions.plan import ActionKind

RESTART_POSTGRES = LabAction(ActionKind.RESTART, Component.POSTGRES)


class DatabaseFault(Fault):
    """A fault of PostgreSQL."""

    family = Family.DATABASE

    def draw(self) -> None:
        """The component is PostgreSQL."""
        self.component = Component.POSTGRES
        self.accepted = names_of(self.component)


class IdleInTransaction(DatabaseFault):
    """A session that holds a lock and does nothing: someone forgot to commit."""

    kind = "idle-in-transaction"
    incident_types = (IncidentType.LOCK_CONTENTION, IncidentType.RESOURCE_EXHAUSTION)
    TABLES = {
        "seats": ("LOCK TABLE seats IN SHARE MODE", Journey.BUY, Component.CATALOG),
        "orders": ("LOCK TABLE orders IN EXCLUSIVE MODE", Journey.BUY, Component.ORDERS),
        "concerts": ("LOCK TABLE concerts IN ACCESS EXCLUSIVE MODE", Journey.EVERYTHING, Component.CATALOG),
    }
    session: psycopg.AsyncConnection[tuple[object, ...]] | None = None

    def draw(self) -> None:
        """Draws the table."""
        super().draw()
        self.table = self.random.choice(sorted(self.TABLES))
        self.statement, journey, victim = self.TABLES[self.table]
        self.detail = f"{self.statement}, then idle"
        self.helps = (RESTART_POSTGRES,)
        self.does_not_help = (LabAction(ActionKind.RESTART, victim),)
        self.prompts = (*FAILING[journey], *SLOW[journey])

    async def _inject(self, lab: Lab) -> None:
        self.session = await psycopg.AsyncConnection.connect(
            lab.postgres_dsn, application_name="psql", connect_timeout=5
        )
        await self.session.execute(self.statement.encode())

    async def _lift(self, lab: Lab) -> None:
        session, self.session = self.session, None
        if session is not None:
            with contextlib.suppress(psycopg.Error):
                await session.close()

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The sessions that wait for the idle one, as PostgreSQL sees them."""
        with contextlib.suppress(psycopg.OperationalError):
            blocked = await number(
                lab, "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
            )
            idle = await rows(
                lab,
                "SELECT query, round(extract(epoch FROM now() - state_change)) AS seconds"
                " FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'psql'",
            )
            if blocked and idle:
                row = idle[0]
                return (
                    f"{blocked:.0f} sessions wait; idle in transaction for {row['seconds']} s: {row['query']}"
                )
        return None


class DroppedIndex(DatabaseFault):
    """An index is gone: the queries that used it read the whole table."""

    kind = "dropped-index"
    incident_types = (IncidentType.MISSING_INDEX, IncidentType.LATENCY_DEGRADATION)
    INDEXES = {
        "seats_concert_section_idx": (
            "CREATE INDEX IF NOT EXISTS seats_concert_section_idx ON seats (concert_id, section, status)",
            "seats",
            Journey.EVERYTHING,
            Component.CATALOG,
        ),
        "orders_customer_idx": (
            "CREATE INDEX IF NOT EXISTS orders_customer_idx ON orders (customer, created_at DESC)",
            "orders",
            Journey.TICKETS,
            Component.ORDERS,
        ),
    }
    read = 0.0
    at = 0.0

    def draw(self) -> None:
        """Draws the index."""
        super().draw()
        self.index = self.random.choice(sorted(self.INDEXES))
        self.create, self.table, journey, user = self.INDEXES[self.index]
        self.detail = self.index
        self.does_not_help = (RESTART_POSTGRES, LabAction(ActionKind.RESTART, user))
        self.prompts = SLOW[journey]

    async def _inject(self, lab: Lab) -> None:
        await rows(lab, f"DROP INDEX {self.index}")

    async def _lift(self, lab: Lab) -> None:
        await rows(lab, self.create)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """Rows that sequential scans of the table read in each second, as the exporter counts them."""
        if since.age < WINDOW_S:
            return None
        labels = f'{{relname="{self.table}"}}'
        rate = await value(lab, f"sum(rate(pg_stat_user_tables_seq_tup_read{labels}[{WINDOW_S}s]))")
        missing = await number(lab, "SELECT count(*) FROM pg_indexes WHERE indexname = %s", self.index) == 0
        if not missing or rate is None or rate < SCANNED:
            return None
        return (
            f"sequential scans read {rate:,.0f} rows of {self.table} in a second; {self.index} does not exist"
        )


SCANNED = 50_000.0
CHURNING = 2
POSTGRES = '{groupname="postgres"}'
BUSY_CORES = 0.4


class EndlessVacuum(DatabaseFault):
    """Autovacuum without cost limits on a table that changes all the time."""

    kind = "vacuum-load"
    incident_types = (IncidentType.RESOURCE_EXHAUSTION, IncidentType.LATENCY_DEGRADATION)
    SETTINGS = {
        "autovacuum_naptime": "1s",
        "autovacuum_vacuum_cost_delay": "0",
        "log_autovacuum_min_duration": "0",
    }
    churn: asyncio.Future[list[None]] | None = None
    normal: float | None = None

    def draw(self) -> None:
        """Draws how many rows change at once."""
        super().draw()
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
        self.normal = await latency(lab, Component.STOREFRONT)
        self.churn = asyncio.gather(*(self._change(lab, part) for part in range(CHURNING)))

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
            self.churn.cancel()
            await asyncio.gather(self.churn, return_exceptions=True)
        for name in self.SETTINGS:
            await rows(lab, f"ALTER SYSTEM RESET {name}")
        await rows(lab, "SELECT pg_reload_conf()")
        await rows(lab, "DROP TABLE IF EXISTS daily_report")

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """PostgreSQL's own line on a vacuum of the table, the CPU that it takes, and the latency of pages."""
        lines = list(since.lines("postgres", "automatic vacuum of table .*daily_report"))
        cores = await value(
            lab, f"sum(rate(namedprocess_namegroup_cpu_seconds_total{POSTGRES}[{WINDOW_S}s]))"
        )
        if not lines or since.age < WINDOW_S or cores is None or cores < BUSY_CORES:
            return None
        seconds = await latency(lab, Component.STOREFRONT) or 0.0
        text = f"{len(lines)} times {lines[-1].strip()[-70:]}; {cores:.1f} cores"
        return f"{text}; pages take {seconds:.2f} s instead of {self.normal or 0:.2f} s"
