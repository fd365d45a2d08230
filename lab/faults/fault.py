import asyncio
import random
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import httpx
import psycopg
from redis.exceptions import RedisError

from lab.faults.logs import Since
from lab.faults.measures import edge_answers
from lab.faults.truth import Family, IncidentType, LabAction, Truth
from lab.platform import Lab
from lab.topology import Component

EVERY_S = 1.0
TOLERATED_FAILURES = 0.03
"""The part of customers' requests that may fail in a system that is well."""


SHOP = frozenset(Component) - {Component.MAILER, Component.HOST}
"""What a purchase goes through, and the monitoring."""


class NotConfirmedError(RuntimeError):
    """The system itself does not show the fault, or still shows it after its cure. The message says what."""


class Fault(ABC):
    """A real fault. The constructor draws its place and size; the same seed draws the same ones.

    `evidence` reads the system itself: its metrics, logs, exit codes and SQL views, never our engine.
    """

    kind: ClassVar[str]
    family: ClassVar[Family]
    incident_types: tuple[IncidentType, ...] = ()
    """The right types, the most exact one first."""
    healthy: ClassVar[bool] = False
    strength: float | None = None
    """How strong the drawn fault is; only draws of one kind compare. None where no size is drawn."""
    confirm_s: ClassVar[float] = 90.0
    """How long the fault may take to be felt, in seconds."""
    calm_s: ClassVar[float] = 15.0
    """For how many seconds the evidence must be absent before the fault counts as cured."""
    prompts: tuple[str, ...]
    """The symptom as users say it, in several ways; none names a component."""

    def __init__(self, random_source: random.Random) -> None:
        self.random = random_source
        self.component = Component.STOREFRONT
        self.detail = ""
        self.note = ""
        self.accepted: tuple[str, ...] = ()
        self.helps: tuple[LabAction, ...] = ()
        self.does_not_help: tuple[LabAction, ...] = ()
        self.also: frozenset[Component] = frozenset()
        self.since = Since(Path(), 0.0)
        self._in_force = False
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
        """The components without which the fault cannot be injected, felt or seen."""
        return SHOP | frozenset(self.components) | self.also

    def possible(self) -> str | None:
        """None, or in one line why this machine cannot run the fault."""
        return None

    async def inject(self, lab: Lab) -> None:
        """Puts the fault into force."""
        self._in_force = True
        self.since = Since.now(lab.run / "logs")
        await self._inject(lab)

    async def lift(self, lab: Lab) -> None:
        """Removes the fault and what it left behind. Also right after a cure, and where `inject` failed.

        Once lifted, nothing is done until the next `inject`: some faults are lifted by a restart.
        """
        if self._in_force:
            await self._lift(lab)
            self._in_force = False

    @abstractmethod
    async def _inject(self, lab: Lab) -> None: ...

    @abstractmethod
    async def _lift(self, lab: Lab) -> None: ...

    @abstractmethod
    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """What the system has shown of the fault since that moment; None where it has shown nothing."""

    async def shown(self, lab: Lab, since: Since) -> str | None:
        """The evidence; None, too, while a server that it is read from does not answer."""
        try:
            return await self.evidence(lab, since)
        except (httpx.TransportError, psycopg.OperationalError, RedisError, OSError):
            return None

    async def confirm(self, lab: Lab) -> str:
        """Waits until the system shows the fault, and returns what it shows. NotConfirmedError."""
        began = Since.now(lab.run / "logs")
        while began.age < self.confirm_s:
            if (text := await self.shown(lab, self.since)) is not None:
                return text
            await asyncio.sleep(EVERY_S)
        raise NotConfirmedError(f"{self.kind} ({self.detail}) is not felt after {self.confirm_s:g} s")

    async def confirm_cured(self, lab: Lab, limit_s: float = 90.0) -> float:
        """Waits until the fault is not seen, and customers are served, for `calm_s`. NotConfirmedError.

        Returns the seconds until the calm began.
        """
        began = since = Since.now(lab.run / "logs")
        text = "no customer was served"
        while since.age < self.calm_s or not edge_answers(since).count:
            await asyncio.sleep(EVERY_S)
            answers = edge_answers(since)
            shown = await self.shown(lab, since)
            if shown is None and answers.failed > TOLERATED_FAILURES and not self.healthy:
                shown = f"{answers.failed:.0%} of {answers.count} answers of the edge failed"
            if shown is not None:
                since, text = Since.now(lab.run / "logs"), shown
            if since.time - began.time > limit_s or began.age > limit_s + 2 * self.calm_s:
                raise NotConfirmedError(f"{self.kind} ({self.detail}) is not cured: {text}")
        return since.time - began.time

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
