"""Nothing is at fault: nothing at all happens, or what operators do every day."""

from typing import ClassVar

from lab.context import ENV
from lab.faults.fault import TOLERATED_FAILURES, Fault
from lab.faults.logs import Since
from lab.faults.measures import WINDOW_S, edge_answers, latency
from lab.faults.prompts import UNSURE
from lab.faults.truth import Family
from lab.faults.variant import Variant, write_variants
from lab.platform import Lab
from lab.programs import POSTGRES
from lab.topology import Component
from runtime.local.processes import Child

TOLERATED_LATENCY = 3.0
"""By which factor pages may be slower before customers complain."""
FLOOR_S = 0.05


class Harmless(Fault):
    """Customers notice nothing: `evidence` is what happened, and that they were served as usual."""

    kind = "none"
    family = Family.HEALTHY
    healthy = True
    normal: float | None = None

    def draw(self) -> None:
        """Nothing is at fault."""
        self.prompts = UNSURE

    async def _inject(self, lab: Lab) -> None:
        self.normal = await latency(lab, Component.STOREFRONT)
        await self._do(lab)

    async def _lift(self, lab: Lab) -> None: ...

    async def _do(self, lab: Lab) -> None: ...

    async def _done(self, lab: Lab, since: Since) -> str | None:
        """What happened; None while it has not."""
        return "nothing happened"

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """What happened, when at least 20 s later customers were always served as usual."""
        event = await self._done(lab, since)
        if event is None or since.age < WINDOW_S + 5:
            return None
        answers, seconds = edge_answers(since), await latency(lab, Component.STOREFRONT)
        if seconds is None or not answers.count or answers.failed > TOLERATED_FAILURES:
            return None
        if seconds > max(TOLERATED_LATENCY * (self.normal or 0.0), FLOOR_S):
            return None
        return f"{event}; {answers.failed:.1%} of {answers.count} answers failed, pages take {seconds:.3f} s"

    async def confirm_cured(self, lab: Lab, limit_s: float = 90.0) -> float:
        """There is nothing to cure."""
        return 0.0


class NightlyBatch(Harmless):
    """A dump of the database and a report, at low priority."""

    kind = "healthy-batch"
    batch: Child | None = None

    async def _do(self, lab: Lab) -> None:
        dump = str(POSTGRES.path.with_name("pg_dump")) if POSTGRES.path else "pg_dump"
        argv = [
            "/usr/bin/nice",
            "-n",
            "19",
            dump,
            "--dbname",
            lab.postgres_dsn,
            "--file",
            str(lab.run / "nightly.sql"),
        ]
        self.batch = Child("nightly", argv, log=lab.run / "logs" / "nightly.log", env=ENV)
        self.batch.start()

    async def _lift(self, lab: Lab) -> None:
        if self.batch is not None:
            await self.batch.stop()
        (lab.run / "nightly.sql").unlink(missing_ok=True)

    async def _done(self, lab: Lab, since: Since) -> str | None:
        """Its exit code."""
        if self.batch is None or self.batch.returncode != 0:
            return None
        size = (lab.run / "nightly.sql").stat().st_size
        return f"the dump ended with code 0 and has {size / 2**20:.0f} MiB"


class HarmlessDeploy(Harmless):
    """A release that changes nothing that matters."""

    kind = "healthy-deploy"
    CHANGES: ClassVar[tuple[Variant, ...]] = (
        Variant(Component.CATALOG, "app.py", '"no such concert"', '"there is no such concert"'),
        Variant(Component.STOREFRONT, "server.js", '"No such concert"', '"There is no such concert"'),
        Variant(Component.ORDERS, "app.py", '"the seat is taken"', '"this seat is taken"'),
    )

    def draw(self) -> None:
        """Draws the service."""
        super().draw()
        self.change = self.random.choice(self.CHANGES)
        self.detail = f"a release of {self.change.service}"

    async def _do(self, lab: Lab) -> None:
        folder = write_variants(lab.run / "variants" / self.change.service, (self.change,))
        await lab.operations.deploy(self.change.service, app=folder)

    async def _lift(self, lab: Lab) -> None:
        await lab.operations.restore()

    async def _done(self, lab: Lab, since: Since) -> str | None:
        """The record of changes has it."""
        return (
            f"{self.change.service} was deployed"
            if _changed(lab, since, "deploy", self.change.service)
            else None
        )


class HarmlessRestart(Harmless):
    """The instances of a service are replaced one by one."""

    kind = "healthy-restart"
    PLACES: ClassVar[tuple[Component, ...]] = (Component.STOREFRONT, Component.CATALOG, Component.ORDERS)

    def draw(self) -> None:
        """Draws the service: one with two instances."""
        super().draw()
        self.place = self.random.choice(self.PLACES)
        self.detail = f"a restart of {self.place}"

    async def _do(self, lab: Lab) -> None:
        await lab.operations.restart(self.place)

    async def _done(self, lab: Lab, since: Since) -> str | None:
        """The record of changes has it."""
        return f"{self.place} was restarted" if _changed(lab, since, "restart", self.place) else None


def _changed(lab: Lab, since: Since, kind: str, service: str) -> bool:
    """Whether the service has such a change: there may be others beside it."""
    return any(
        (change.kind, change.service) == (kind, service) for change in lab.operations.changes(since.time)
    )
