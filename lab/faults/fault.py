import asyncio
import random
import time
from abc import ABC, abstractmethod
from typing import ClassVar

from lab.faults.system import FaultTarget
from lab.faults.truth import Family, IncidentType, LabAction, Truth
from lab.topology import Component

EVERY_S = 1.0


class NotConfirmedError(RuntimeError):
    """The system itself does not show the fault, or still shows it after its cure. The message says what."""


class Fault(ABC):
    """A real fault. The constructor draws its place and size; the same seed draws the same ones.

    `evidence` reads the system itself: its metrics, logs, exit codes and SQL views, never our engine.
    """

    kind: ClassVar[str]
    family: ClassVar[Family]
    incident_types: ClassVar[tuple[IncidentType, ...]] = ()
    healthy: ClassVar[bool] = False
    confirm_s: ClassVar[float] = 90.0
    """How long the fault may take to be felt, in seconds."""
    calm_s: ClassVar[float] = 15.0
    """For how many seconds the evidence must be absent before the fault counts as cured."""
    prompts: tuple[str, ...]
    """The symptom as users say it, in several ways; none names a component."""

    def __init__(self, random_source: random.Random) -> None:
        self.random = random_source
        self.component: Component = Component.STOREFRONT
        self.detail = ""
        self.note = ""
        self.accepted: tuple[str, ...] = ()
        self.helps: tuple[LabAction, ...] = ()
        self.does_not_help: tuple[LabAction, ...] = ()
        self.draw()
        self.prompt: str = self.random.choice(self.prompts)

    @abstractmethod
    def draw(self) -> None:
        """Sets component, detail, accepted names, actions and prompts from `self.random`."""

    @property
    def components(self) -> tuple[Component, ...]:
        """What is at fault; empty in a healthy lab."""
        return () if self.healthy else (self.component,)

    @property
    def needs(self) -> frozenset[Component]:
        """The components without which the fault cannot be injected or felt. The default is all of them."""
        return frozenset(Component)

    def possible(self) -> str | None:
        """None, or in one line why this machine cannot run the fault."""
        return None

    @abstractmethod
    async def inject(self, lab: FaultTarget) -> None:
        """Puts the fault into force."""

    @abstractmethod
    async def lift(self, lab: FaultTarget) -> None:
        """Removes the fault and what it has left behind. Also right after a cure, and where it failed."""

    @abstractmethod
    async def evidence(self, lab: FaultTarget, since: float) -> str | None:
        """What the system shows of the fault since this time (epoch seconds); None where it shows nothing."""

    async def confirm(self, lab: FaultTarget) -> str:
        """Waits until the system shows the fault, and returns what it shows. NotConfirmedError."""
        since = time.time()
        while time.time() - since < self.confirm_s:
            if (text := await self.evidence(lab, since)) is not None:
                return text
            await asyncio.sleep(EVERY_S)
        raise NotConfirmedError(f"{self.kind} ({self.detail}) is not felt after {self.confirm_s:g} s")

    async def confirm_cured(self, lab: FaultTarget, *, limit_s: float | None = None) -> float:
        """Waits until the system has shown nothing of the fault for `calm_s`; NotConfirmedError.

        Returns the seconds until the calm began.
        """
        began = time.time()
        since = began
        while time.time() - since < self.calm_s:
            await asyncio.sleep(EVERY_S)
            if (text := await self.evidence(lab, since)) is None:
                continue
            since = time.time()
            if since - began > (limit_s or self.confirm_s):
                raise NotConfirmedError(f"{self.kind} ({self.detail}) is not cured: {text}")
        return since - began

    def truth(self, onset: float | None = None) -> Truth:
        """What happened, with the onset in epoch seconds once it is known."""
        return Truth(
            kind=self.kind,
            family=self.family,
            components=self.components,
            accepted=self.accepted,
            incident_types=self.incident_types,
            onset=onset,
            detail=self.detail,
            helps=self.helps,
            does_not_help=self.does_not_help,
            healthy=self.healthy,
            note=self.note,
        )
