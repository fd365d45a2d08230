"""The plan of a set of recordings, drawn from one seed: a recorder that resumes draws the same one."""

import random
from collections.abc import Mapping, Sequence

from pydantic import Field

from lab.recording.truth import Ending
from missions.frozen_model import FrozenModel

HEALTHY = "healthy"
"""The family of the kinds that harm nobody."""
LONG_SHARE = 0.2
"""12 of 60 recordings go on for 12 minutes after the action."""
LONG_S, SHORT_S = 720.0, 180.0
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

    `normal_s` before the onset, `complaint_s` after it, `action_s` after the complaint, `follow_s` after the
    action. In all up to the action: at most 300 s.
    """

    number: int
    kind: str
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
        return f"{self.number:03d}-{self.kind}"

    @property
    def seconds(self) -> float:
        """How long it takes, without waiting for a calm system."""
        return self.normal_s + self.complaint_s + self.action_s + self.follow_s


def draw_plan(count: int, families: Mapping[str, str], seed: int) -> tuple[PlannedIncident, ...]:
    """So many incidents of these kinds (kind: family). Each kind occurs once before any occurs twice.

    ValueError without kinds. A longer plan of the same seed and kinds does not begin with a shorter one.
    """
    if not families:
        raise ValueError("there is no kind of fault to record")
    generator = random.Random(f"plan {seed}")
    kinds = _rounds(count, sorted(families), generator)
    long = set(generator.sample(range(count), round(count * LONG_SHARE)))
    faulty = [place for place, kind in enumerate(kinds) if families[kind] != HEALTHY]
    others = generator.sample(faulty, round(len(faulty) / 4))
    endings = {place: NON_CURES[turn % len(NON_CURES)] for turn, place in enumerate(others)}
    return tuple(
        _incident(
            place,
            kind,
            endings.get(place, Ending.CURE),
            families,
            LONG_S if place in long else SHORT_S,
            random.Random(f"plan {seed} {place}"),
        )
        for place, kind in enumerate(kinds)
    )


def portion(plan: Sequence[PlannedIncident], part: int, parts: int) -> tuple[PlannedIncident, ...]:
    """The incidents of one of several recorders, counted from 1. ValueError for an unknown one."""
    if not 1 <= part <= parts:
        raise ValueError(f"there is no part {part} of {parts}")
    return tuple(plan[part - 1 :: parts])


def _rounds(count: int, kinds: Sequence[str], generator: random.Random) -> list[str]:
    """Every kind in a new order, again and again."""
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += generator.sample(kinds, len(kinds))
    return drawn[:count]


def _incident(
    number: int,
    kind: str,
    ending: Ending,
    families: Mapping[str, str],
    follow_s: float,
    generator: random.Random,
) -> PlannedIncident:
    rivals = sorted(name for name, family in families.items() if family not in (HEALTHY, families[kind]))
    if ending is Ending.SECOND_FAULT and not rivals:
        ending = Ending.WRONG_ACTION
    decoys = tuple(
        PlannedDecoy(
            kind=generator.choice(("deploy", "restart")),
            service=generator.randrange(1_000),
            offset_s=round(generator.uniform(-60.0, 45.0)),
        )
        for _ in range(generator.randint(0, _MOST_DECOYS))
    )
    return PlannedIncident(
        number=number,
        kind=kind,
        seed=generator.randrange(1_000_000),
        ending=ending,
        second=generator.choice(rivals) if ending is Ending.SECOND_FAULT else "",
        decoys=decoys,
        normal_s=5 * generator.randint(20, 24),
        complaint_s=5 * generator.randint(14, 20),
        action_s=5 * generator.randint(8, 16),
        follow_s=follow_s,
    )
