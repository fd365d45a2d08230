import psycopg

from lab.components.postgres_template import PostgresTemplate, postgres_child, postgres_dsn
from lab.context import LabContext
from runtime.local.polling import answers
from runtime.local.processes import Child

MAX_CONNECTIONS = 60
SETTINGS: dict[str, object] = {
    "max_connections": MAX_CONNECTIONS,
    "shared_buffers": "48MB",
    "effective_cache_size": "256MB",
    "work_mem": "2MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "max_parallel_workers_per_gather": 0,
    "track_io_timing": "on",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "250ms",
    "log_checkpoints": "on",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


class PostgresServer:
    """Debian's PostgreSQL with the shop's database, copied from the template at each start of a lab."""

    name = "postgres"

    def __init__(self, context: LabContext, template: PostgresTemplate) -> None:
        self._context = context
        self._template = template

    @property
    def dsn(self) -> str:
        """The superuser's connection URL."""
        return postgres_dsn(self._context, self._template.password)

    def prepare(self) -> None:
        """Copies the template."""
        self._template.copy_to(self._context.home(self.name) / "cluster")

    def child(self) -> Child:
        """The server."""
        return postgres_child(self._context, self._context.home(self.name) / "cluster", SETTINGS)

    async def ready(self) -> None:
        """Returns when SQL works in the shop's database."""
        await answers(self.name, self._select, (psycopg.OperationalError,), self._context.log(self.name))

    async def _select(self) -> None:
        async with await psycopg.AsyncConnection.connect(self.dsn, connect_timeout=5) as connection:
            await connection.execute("SELECT 1")
