"""Two independent faults at once."""

from typing import ClassVar

from lab.faults.cache import SmallCache
from lab.faults.configurations import WrongConfiguration
from lab.faults.database import IdleInTransaction
from lab.faults.fault import Fault
from lab.faults.logs import Since
from lab.faults.queue import DeadConsumer
from lab.faults.releases import ExceptionOnOnePath
from lab.faults.truth import Family, IncidentType
from lab.platform import Lab
from lab.topology import Component


class TwoFaults(Fault):
    """Each has its own cure, and neither is cured by the other's."""

    kind = "two-faults"
    family = Family.TWO
    confirm_s = 120.0
    PAIRS: ClassVar[tuple[tuple[type[Fault], type[Fault]], ...]] = (
        (ExceptionOnOnePath, DeadConsumer),
        (ExceptionOnOnePath, SmallCache),
        (WrongConfiguration, SmallCache),
        (IdleInTransaction, ExceptionOnOnePath),
    )

    def draw(self) -> None:
        """Draws the pair, and both of its faults."""
        first, second = self.random.choice(self.PAIRS)
        self.parts = (first(self.random), second(self.random))
        while self.parts[0].component is self.parts[1].component:
            self.parts = (first(self.random), second(self.random))
        self.component = self.parts[0].component
        self.detail = " and ".join(f"{part.kind} ({part.detail})" for part in self.parts)
        self.accepted = tuple(dict.fromkeys(name for part in self.parts for name in part.accepted))
        self.incident_types: tuple[IncidentType, ...] = tuple(
            dict.fromkeys(name for part in self.parts for name in part.incident_types)
        )
        self.helps = tuple(action for part in self.parts for action in part.helps)
        self.note = "both actions are needed"
        self.prompts = tuple(f"{one.prompt} {other.prompt}" for one, other in (self.parts,))

    @property
    def components(self) -> tuple[Component, ...]:
        """Both."""
        return tuple(part.component for part in self.parts)

    @property
    def needs(self) -> frozenset[Component]:
        """What both need."""
        return self.parts[0].needs | self.parts[1].needs

    async def _inject(self, lab: Lab) -> None:
        for part in self.parts:
            await part.inject(lab)

    async def _lift(self, lab: Lab) -> None:
        for part in reversed(self.parts):
            await part.lift(lab)

    async def confirm(self, lab: Lab) -> str:
        """Both are seen, each in its own way."""
        return "; ".join([await part.confirm(lab) for part in self.parts])

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """What is seen of either."""
        shown = [await part.evidence(lab, since) for part in self.parts]
        return "; ".join(text for text in shown if text is not None) or None
