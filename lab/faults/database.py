"""PostgreSQL: a lock that is held, and an index that is gone."""

import contextlib

import psycopg

from lab.faults.fault import Fault
from lab.faults.logs import Since
from lab.faults.measures import WINDOW_S, number, rows, value
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import Component
from missions.plan import ActionKind

IDLE_S = 5.0
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
            row = idle[0] if idle else {"seconds": 0}
            if blocked and float(str(row["seconds"])) >= IDLE_S:
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
