"""The plan of a set of recordings, drawn from one seed: a recorder that resumes draws the same one."""

import random
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from lab.recording.truth import Ending
from missions.frozen_model import FrozenModel

HEALTHY = "healthy"
"""The family of the kinds that harm nobody."""
LONG_SHARE = 0.2
"""12 of 60 recordings go on for 12 minutes after the action."""
LONG_S, SHORT_S = 720.0, 180.0
NON_CURE_SHARE = 0.25
NON_CURES = (Ending.WRONG_ACTION, Ending.HALF_CURE, Ending.RELAPSE, Ending.SECOND_FAULT)
"""One in four recordings of a fault ends with these, in turn."""
UP_TO_CURE_S = 300.0
"""The most seconds of an incident from its normal time to the action."""
_MOST_DECOYS = 2


class PlannedDecoy(FrozenModel):
    """A harmless operation on the service of this number, `offset_s` seconds after the onset (or before)."""

    kind: str
    service: int
    offset_s: float


class PlannedIncident(FrozenModel):
    """One recording to make. `seed` draws the fault's place and size, `second` a fault beside it.

    `turn` counts the recordings of one kind from 1. `normal_s` before the onset, `complaint_s` after it,
    `action_s` after the complaint, `follow_s` after the action. In all up to the action: at most 300 s.
    """

    kind: str
    turn: int
    seed: int
    ending: Ending
    second: str = ""
    decoys: tuple[PlannedDecoy, ...] = ()
    normal_s: float = Field(gt=0)
    complaint_s: float = Field(gt=0)
    action_s: float = Field(gt=0)
    follow_s: float = Field(gt=0)

    @property
    def id(self) -> str:
        """The name of its folder."""
        return f"{self.kind}-{self.turn}"


def draw_plan(count: int, families: Mapping[str, str], seed: int) -> tuple[PlannedIncident, ...]:
    """So many incidents of these kinds (kind: family). Each kind occurs once before any occurs twice.

    What is drawn for an incident depends on its kind, its turn and the seed only, so that a new kind changes
    no other incident; only which ones are long or end without a cure may move. ValueError without kinds.
    """
    if not families:
        raise ValueError("there is no kind of fault to record")
    drawn = [
        _incident(kind, turn, families, random.Random(f"{seed} {kind} {turn}"))
        for kind, turn in _turns(count, families, seed)
    ]
    long = _chosen(drawn, round(count * LONG_SHARE), f"{seed} long")
    faults = [incident for incident in drawn if families[incident.kind] != HEALTHY]
    others = _chosen(faults, round(len(faults) * NON_CURE_SHARE), f"{seed} ending")
    endings = {incident_id: NON_CURES[turn % len(NON_CURES)] for turn, incident_id in enumerate(others)}
    return tuple(
        incident.model_copy(
            update={
                "ending": ending,
                "second": incident.second if ending is Ending.SECOND_FAULT else "",
                "follow_s": LONG_S if incident.id in long else SHORT_S,
            }
        )
        for incident in drawn
        for ending in (endings.get(incident.id, Ending.CURE),)
    )


def portion(plan: Sequence[PlannedIncident], part: int, parts: int) -> tuple[PlannedIncident, ...]:
    """The incidents of one of several recorders, counted from 1. ValueError for an unknown one."""
    if not 1 <= part <= parts:
        raise ValueError(f"there is no part {part} of {parts}")
    return tuple(plan[part - 1 :: parts])


def _turns(count: int, kinds: Iterable[str], seed: int) -> list[tuple[str, int]]:
    """Every kind in an order of its own, again and again."""
    order = sorted(kinds, key=lambda kind: random.Random(f"{seed} {kind}").random())
    return [(order[place % len(order)], place // len(order) + 1) for place in range(count)]


def _chosen(incidents: Iterable[PlannedIncident], count: int, seed: str) -> list[str]:
    """The ids of so many of these, by chance."""
    ids = [incident.id for incident in incidents]
    return sorted(ids, key=lambda incident_id: random.Random(f"{seed} {incident_id}").random())[:count]


def _incident(kind: str, turn: int, families: Mapping[str, str], generator: random.Random) -> PlannedIncident:
    """An incident with all that is drawn for it alone; the ending is chosen by the plan."""
    rivals = sorted(name for name, family in families.items() if family not in (HEALTHY, families[kind]))
    decoys = tuple(
        PlannedDecoy(
            kind=generator.choice(("deploy", "restart")),
            service=generator.randrange(1_000),
            offset_s=round(generator.uniform(-30.0, 45.0)),
        )
        for _ in range(generator.randint(0, _MOST_DECOYS))
    )
    return PlannedIncident(
        kind=kind,
        turn=turn,
        seed=generator.randrange(1_000_000),
        ending=Ending.CURE,
        decoys=decoys,
        normal_s=5 * generator.randint(20, 24),
        complaint_s=5 * generator.randint(14, 20),
        action_s=5 * generator.randint(8, 16),
        follow_s=SHORT_S,
        second=min(rivals, key=lambda name: random.Random(f"{kind} {turn} {name}").random(), default=""),
    )
