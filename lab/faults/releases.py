"""Releases of bad code, and the memory and connections that they leak."""

from collections.abc import Mapping
from typing import ClassVar

from lab.faults.bad_code import BadCode
from lab.faults.code_that_fails import EXCEPTIONS
from lab.faults.code_that_is_slow import BLOCKING, N_PLUS_ONE
from lab.faults.code_that_leaks import LEAKED_CONNECTIONS, LEAKS
from lab.faults.fault import Fault
from lab.faults.logs import Since, message
from lab.faults.measures import REQUESTS, WINDOW_S, latency, number, probe_seconds, value
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.faults.variant import write_variants
from lab.platform import Lab
from lab.topology import SERVICE_PORT, Component
from missions.plan import ActionKind

SEEN = 3
"""How many log lines are evidence."""
PROBES = 15
SLOW_S = 0.15
"""No path of the catalog takes as long when all is well."""


class BadRelease(Fault):
    """A release of bad code: a rollback cures it, and a restart runs the same code again."""

    family = Family.RELEASE
    incident_types: tuple[IncidentType, ...] = (IncidentType.BAD_DEPLOYMENT,)
    codes: ClassVar[tuple[BadCode, ...]]
    sizes: ClassVar[tuple[int, ...]] = (1,)
    symptoms: ClassVar[Mapping[Journey, tuple[str, ...]]] = FAILING

    def draw(self) -> None:
        """Draws the code and its size."""
        self.code = self.random.choice(self.codes)
        self.size = self.random.choice(self.sizes)
        self.component = self.code.service
        self.detail = f"{self.component} {self.code.path}".strip() + (
            f", size {self.size}" if len(self.sizes) > 1 else ""
        )
        self.accepted = names_of(self.component)
        self.helps = (LabAction(ActionKind.ROLLBACK, self.component),)
        self.does_not_help = (LabAction(ActionKind.RESTART, self.component),)
        self.prompts = self.symptoms[self.code.journey]

    async def _inject(self, lab: Lab) -> None:
        folder = write_variants(lab.run / "variants" / self.component, self.code.with_size(self.size))
        await lab.operations.deploy(self.component, app=folder)

    async def _lift(self, lab: Lab) -> None:
        await lab.operations.restore()


class ExceptionOnOnePath(BadRelease):
    """A path of one service always raises an exception."""

    kind = "exception"
    codes = EXCEPTIONS
    incident_types = (IncidentType.BAD_DEPLOYMENT, IncidentType.ERROR_SPIKE)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The exception in the service's own log, several times."""
        lines = list(since.lines(self.component, self.code.log))
        return (
            f"{self.component}'s log, {len(lines)} times: {message(lines[-1])}"
            if len(lines) >= SEEN
            else None
        )


class NPlusOneQueries(BadRelease):
    """A query for each row instead of one for all of them."""

    kind = "n-plus-one"
    codes = N_PLUS_ONE
    sizes = (2, 3)
    symptoms = SLOW
    incident_types = (IncidentType.BAD_DEPLOYMENT, IncidentType.LATENCY_DEGRADATION)
    normal: float | None = None

    async def _inject(self, lab: Lab) -> None:
        self.normal = await _transactions(lab, self.component)
        await super()._inject(lab)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The database's transactions for each request of the service: much more than before."""
        if since.age < WINDOW_S or self.normal is None:
            return None
        now = await _transactions(lab, self.component)
        seconds = await latency(lab, self.component, self.code.path)
        if now is None or now < 2 * self.normal or seconds is None or seconds < SLOW_S:
            return None
        text = f"{now:.0f} transactions for each request instead of {self.normal:.1f}"
        return f"{text}; {self.code.path} takes {seconds:.2f} s"


class BlockingCall(BadRelease):
    """A call in an asynchronous service that blocks its event loop."""

    kind = "blocking-call"
    codes = BLOCKING
    sizes = (150, 250, 400)
    symptoms = SLOW
    incident_types = (IncidentType.BAD_DEPLOYMENT, IncidentType.LATENCY_DEGRADATION)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """Requests that do nothing wait, too: their greatest latency in 10 tries."""
        url = instance_url(lab, self.component, "/healthz")
        slowest = max(await probe_seconds(url, PROBES))
        return (
            f"{self.component}-1 answers /healthz after up to {slowest:.2f} s"
            if slowest > self.size / 1250
            else None
        )


class MemoryLeak(BadRelease):
    """Memory that grows with each request, until the kernel's OOM killer ends the instance."""

    kind = "memory-leak"
    codes = LEAKS
    sizes = (200, 350)
    incident_types = (IncidentType.BAD_DEPLOYMENT, IncidentType.RESOURCE_EXHAUSTION)
    confirm_s = 240.0

    def draw(self) -> None:
        """A restart frees the memory for a while only."""
        super().draw()
        self.does_not_help = ()

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The line of supervisord, or of gunicorn on its worker, about a process that was killed."""
        killed = rf"exited: {self.component}-\d \(terminated by SIGKILL; not expected\)"
        lines = [
            *since.lines("supervisord", killed),
            *since.lines(self.component, "SIGKILL.*out of memory"),
        ]
        if not lines:
            return None
        self.note = f"ended by the {_mechanism(lab, self.component)}; a restart helps for a while"
        return f"{lines[-1].strip()}; {self.note}"


class LeakedConnections(BadRelease):
    """Database connections that are opened for each request and never closed, up to max_connections."""

    kind = "connection-leak"
    codes = LEAKED_CONNECTIONS
    incident_types = (IncidentType.BAD_DEPLOYMENT, IncidentType.RESOURCE_EXHAUSTION)
    confirm_s = 180.0

    def draw(self) -> None:
        """A restart closes the connections for a while only."""
        super().draw()
        self.does_not_help = ()
        self.accepted = (*self.accepted, *names_of(Component.POSTGRES))
        self.note = "a restart helps until the connections are used up again"

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """PostgreSQL's own errors, and its sessions by application."""
        errors = list(since.lines("postgres", "FATAL:.*(too many clients|remaining connection slots)"))
        if not errors:
            return None
        statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE %s"
        sessions = await number(lab, statement, f"{self.component}-%")
        return f"{errors[-1].strip()[-100:]}; {sessions:.0f} sessions of {self.component}"


def instance_url(lab: Lab, service: Component, path: str, instance: int = 1) -> str:
    """The address of a path at one instance of a service."""
    scheme = "https" if service is Component.PAYMENTS else "http"
    return f"{scheme}://{lab.network.instance(service, instance)}:{SERVICE_PORT}{path}"


async def _transactions(lab: Lab, service: Component) -> float | None:
    """The database's transactions for each request of a service."""
    requests = f'sum(rate({REQUESTS[service][0]}_count{{job="{service}"}}[{WINDOW_S}s]))'
    transactions = f'sum(rate(pg_stat_database_xact_commit{{datname="tickets"}}[{WINDOW_S}s]))'
    return await value(lab, f"{transactions} / {requests}")


def _mechanism(lab: Lab, service: Component) -> str:
    """What ends an instance that reaches its memory limit, as the launcher noted it."""
    notes = {path.read_text().strip() for path in (lab.run / "memory").glob(f"{service}-*")}
    return "watchdog" if "watchdog" in notes else "kernel's OOM killer in its memory cgroup"
