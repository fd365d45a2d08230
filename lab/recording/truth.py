from datetime import datetime
from enum import StrEnum

from lab.topology import Component
from missions.frozen_model import FrozenModel
from missions.plan import ActionKind


class Ending(StrEnum):
    """How an incident ends in a recording: with its cure, or with what looks like an attempt at one."""

    CURE = "cure"
    WRONG_ACTION = "wrong-action"
    HALF_CURE = "half-cure"
    RELAPSE = "relapse"
    SECOND_FAULT = "second-fault"


class RecordedAction(FrozenModel):
    """What was done to a service, by the lab's operators. `kind` is also `repair`: outside our actions."""

    at: datetime
    kind: str
    service: str


class RecordedMoments(FrozenModel):
    """The moments of an incident, in order, each on a multiple of 5 s except the action.

    `first`: the first sample that is kept; `normal`: the system is calm; `onset`: None in a healthy
    recording; `complaint`: a mission would begin; `action`: None where nothing was done.
    """

    first: datetime
    normal: datetime
    onset: datetime | None
    complaint: datetime
    action: datetime | None
    end: datetime


class EdgeSample(FrozenModel):
    """What customers got in the 5 s up to `at`, by the edge's own log and the storefront's own clock.

    `failed`: the share of answers with a 5xx status; None without answers. `seconds`: the mean latency.
    """

    at: datetime
    answers: int
    failed: float | None
    seconds: float | None


class RecordedFault(FrozenModel):
    """One injected fault. `accepted`: names that are right for the component, `types` for the incident."""

    kind: str
    family: str
    component: Component | None
    accepted: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    detail: str = ""
    confirmed: str = ""
    helps: tuple[tuple[ActionKind, str], ...] = ()
    does_not_help: tuple[tuple[ActionKind, str], ...] = ()


class RecordedTruth(FrozenModel):
    """`truth.json`: what happened, known to the lab only. `faults` is empty in a healthy recording.

    `kind` and `family` are those of the first fault, or of the harmless events. `decoys` are harmless.
    """

    id: str
    kind: str
    family: str
    prompt: str
    ending: Ending
    faults: tuple[RecordedFault, ...]
    decoys: tuple[RecordedAction, ...] = ()
    actions: tuple[RecordedAction, ...] = ()
    moments: RecordedMoments
    edge: tuple[EdgeSample, ...] = ()
    interval_s: float = 5.0

    @property
    def healthy(self) -> bool:
        """Whether nothing is at fault."""
        return not self.faults

    @property
    def accepted(self) -> frozenset[str]:
        """Every name of a component that is at fault."""
        return frozenset(name for fault in self.faults for name in fault.accepted)

    @property
    def types(self) -> frozenset[str]:
        """Every right type of the incident."""
        return frozenset(name for fault in self.faults for name in fault.types)
