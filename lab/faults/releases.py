"""Releases of bad code, and the memory and connections that they leak."""

from collections.abc import Mapping
from typing import ClassVar

from lab.faults.bad_code import BadCode
from lab.faults.code_that_fails import EXCEPTIONS
from lab.faults.code_that_is_slow import BLOCKING, N_PLUS_ONE
from lab.faults.code_that_leaks import LEAKED_CONNECTIONS, LEAKS
from lab.faults.fault import Fault
from lab.faults.logs import Since
from lab.faults.measures import failures, latency, number, probe_seconds, query, rows
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.system import FaultTarget
from lab.faults.truth import Family, IncidentType, LabAction
from lab.faults.variant import write_variants
from lab.topology import INSTANCES, SERVICE_PORT, Component
from missions.plan import ActionKind

SEEN = 3
"""How many log lines are evidence."""


class BadRelease(Fault):
    """A release of bad code: a rollback cures it, and a restart runs the same code again."""

    family = Family.RELEASE
    incident_types = (IncidentType.BAD_DEPLOYMENT,)
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

    async def _inject(self, lab: FaultTarget) -> None:
        folder = write_variants(
            lab.run / "variants" / self.component, self.code.with_size(self.size)
        )
        await lab.operations.deploy(self.component, app=folder)

    async def _lift(self, lab: FaultTarget) -> None:
        await lab.operations.restore()


class ExceptionOnOnePath(BadRelease):
    """A path of one service always raises an exception."""

    kind = "exception"
    codes = EXCEPTIONS
    incident_types = (IncidentType.BAD_DEPLOYMENT, IncidentType.ERROR_SPIKE)

    async def evidence(self, lab: FaultTarget, since: Since) -> str | None:
        """The exception in the service's own log, several times."""
        lines = list(since.lines(self.component, self.code.log))
        return f"{self.component}'s log, {len(lines)} times: {lines[-1].strip()[:160]}" if len(lines) >= SEEN else None


class NPlusOneQueries(BadRelease):
    """A query for each row instead of one for all of them."""

    kind = "n-plus-one"
    codes = N_PLUS_ONE
    sizes = (1, 2)
    symptoms = SLOW
    incident_types = (IncidentType.BAD_DEPLOYMENT, IncidentType.LATENCY_DEGRADATION)

    async def evidence(self, lab: FaultTarget, since: Since) -> str | None:
        """The transactions of the database for each request of the service."""
        if since.age < MEASURED_S:
            return None
        window = f"[{WINDOW_S}s]"
