from datetime import datetime
from enum import StrEnum

from lab.faults.truth import Truth
from missions.frozen_model import FrozenModel


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
    recording; `complaint`: a mission would begin; `action`: None where nothing was done; `recovered`: when
    the system was well again by its own measures, None where it was not before the end.
    """

    first: datetime
    normal: datetime
    onset: datetime | None
    complaint: datetime
    action: datetime | None
    recovered: datetime | None = None
    end: datetime


class EdgeSample(FrozenModel):
    """What customers got in the 5 s up to `at`, by their own clock: the load's report.

    `failed`: the share of requests without a good answer in time. `p50_ms`: the mean over requests of their
    page's median; `p95_ms`: the highest of any page.
    """

    at: datetime
    requests: int
    failed: float
    p50_ms: float
    p95_ms: float


class RecordedFault(Truth):
    """One injected fault, with what the system itself showed of it."""

    confirmed: str = ""


class RecordedTruth(FrozenModel):
    """`truth.json`: what happened, known to the lab only.

    A healthy recording has no `faults` and no `ending`. `kind` and `family` are those of the first fault, or
    of the harmless `events`, which are described as the system showed them. `decoys` are harmless, too.
    """

    id: str
    kind: str
    family: str
    prompt: str
    ending: Ending | None
    faults: tuple[RecordedFault, ...]
    events: str = ""
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
        return frozenset(name.value for fault in self.faults for name in fault.incident_types)
