import random
from dataclasses import dataclass

from demo.shop.decoys import Decoy
from demo.shop.faults import SIZES, Fault
from demo.shop.topology import SERVICES, SHOP

KINDS = ("bad-deploy", "leak", "pool-exhaustion", "slow-dependency", "none")
CASES = ("coincidence", "stubborn")
"""Not drawn at random, because the first action is wrong and cannot be known to be.

`coincidence`: a harmless deployment comes with the fault, so what helps is found second. `stubborn`: a
deployment comes with data that no build can read, so nothing helps.
"""
COURSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "bad-deploy": ("recovered", ("rollback",)),
    "leak": ("recovered", ("restart",)),
    "pool-exhaustion": ("recovered", ("scale",)),
    "slow-dependency": ("nothing_to_do", ()),
    "none": ("healthy", ()),
    "coincidence": ("recovered", ("rollback", "rollback", "scale")),
    "stubborn": ("not_recovered", ("rollback", "rollback")),
}
"""How each ends where it ends right, and what is done to the broken service on the way, in this order.

A second rollback takes the first one back.
"""
PROVIDED = tuple(design.name for design in SHOP if design.provider)
NEAR_S = (10.0, 18.0, 25.0)
"""A harmless deployment is 10 to 25 s before the onset, or 10 to 18 s after it, while one still looks."""


@dataclass(frozen=True)
class PlannedDecoy:
    """A decoy and when it appears, in seconds after the onset; None: from the start."""

    decoy: Decoy
    after_onset_s: float | None = None


@dataclass(frozen=True)
class Incident:
    """What is broken, when (seconds after the shop has run long enough to be normal), and from which seed."""

    seed: int
    fault: Fault
    onset_s: float
    decoys: tuple[PlannedDecoy, ...] = ()
    case: str | None = None

    @property
    def name(self) -> str:
        """What FAULT calls it."""
        return self.case or self.fault.kind

    @property
    def outcome(self) -> str:
        """The right end."""
        return COURSES[self.name][0]

    @property
    def deeds(self) -> list[tuple[str | None, str]]:
        """What is rightly done, in order: service and verb; nothing where nothing helps."""
        return [(self.fault.service, verb) for verb in COURSES[self.name][1]]

    @property
    def words(self) -> str:
        """For the lines that only the driver prints."""
        parts = (self.case, self.fault.flavour, self.fault.kind, self.fault.service, self.fault.size)
        return " ".join(str(part) for part in parts if part is not None)


def draw(kind: str, seed: int | None, *, decoys: bool = False) -> Incident:
    """Draws service, size, onset and decoys; the kind, too, where it is `random`.

    Raises ValueError for what is no kind.
    """
    if kind not in (*KINDS, *CASES, "random"):
        raise ValueError(f"FAULT={kind}: there are {', '.join((*KINDS, *CASES))} and random.")
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    dice = random.Random(f"{kind}/{seed}")  # noqa: S311  a demo, repeatable by its seed
    if kind in CASES:
        return _case(kind, seed, dice)
    chosen = dice.choice(KINDS) if kind == "random" else kind
    service = dice.choice(PROVIDED if chosen == "slow-dependency" else SERVICES)
    onset_s = dice.uniform(0, 12)
    # Dice of their own: the same seed is the same fault with decoys and without.
    planned = _decoys(None if chosen == "none" else service, seed) if decoys else ()
    if chosen == "none":
        return Incident(seed, Fault(), onset_s, planned)
    flavour = dice.choice(("errors", "latency")) if chosen == "bad-deploy" else None
    size = round(dice.uniform(*SIZES[flavour or chosen]), 2)
    return Incident(seed, Fault.from_json(_content(chosen, service, flavour, size)), onset_s, planned)


def _case(case: str, seed: int, dice: random.Random) -> Incident:
    """A fault, and a harmless deployment of the same service just before it."""
    kind, before_s = {"coincidence": ("pool-exhaustion", 3.0), "stubborn": ("bad-data", 2.0)}[case]
    service, onset_s = dice.choice(SERVICES), dice.uniform(0, 12)
    fault = Fault.from_json(_content(kind, service, None, round(dice.uniform(*SIZES[kind]), 2)))
    innocent = PlannedDecoy(Decoy("deployment", service), -before_s)
    return Incident(seed, fault, onset_s, (innocent,), case)


def _content(kind: str, service: str, flavour: str | None, size: float) -> dict[str, object]:
    content: dict[str, object] = {"kind": kind, "service": service, "size": size}
    return content | ({"flavour": flavour} if flavour else {})


def _decoys(culprit: str | None, seed: int) -> tuple[PlannedDecoy, ...]:
    """A harmless deployment and a noisy metric elsewhere, and a monitor that watches a victim only."""
    dice = random.Random(f"decoys/{seed}")  # noqa: S311  as above
    others = [name for name in SERVICES if name != culprit]
    nearest, latest, earliest = NEAR_S
    offset = dice.choice((-1 * dice.uniform(nearest, earliest), dice.uniform(nearest, latest)))
    planned = [
        PlannedDecoy(Decoy("deployment", dice.choice(others)), offset),
        PlannedDecoy(Decoy("noise", dice.choice(others))),
    ]
    victims = SERVICES[: SERVICES.index(culprit)] if culprit else SERVICES
    if victims:
        planned.append(PlannedDecoy(Decoy("alert", dice.choice(victims))))
    return tuple(planned)
