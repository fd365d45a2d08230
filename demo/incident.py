import random
from dataclasses import dataclass

from demo.shop.decoys import Decoy
from demo.shop.faults import SIZES, Fault
from demo.shop.topology import SERVICES, SHOP

KINDS = ("bad-deploy", "leak", "pool-exhaustion", "slow-dependency", "none")
CASES = ("coincidence", "stubborn")
"""Not drawn at random: their first action is wrong, and no evidence shows it beforehand.

`coincidence`: a harmless deployment comes with the fault, so the second action helps. `stubborn`: a
deployment comes with data that no build can read, so no action helps.
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
"""The right outcome of each kind, and the actions on the broken service that lead to it, in order.

A second rollback undoes the first.
"""
PROVIDED = tuple(design.name for design in SHOP if design.provider)
NEAR_S = (10.0, 18.0, 25.0)
"""A harmless deployment is 10 to 25 s before the onset, or 10 to 18 s after it, before the mission starts."""


@dataclass(frozen=True)
class PlannedDecoy:
    """A decoy and its time in seconds after the onset; None: from the start."""

    decoy: Decoy
    after_onset_s: float | None = None


@dataclass(frozen=True)
class Incident:
    """A fault, its onset (seconds after the normal phase), its decoys, and the seed that drew them."""

    seed: int
    fault: Fault
    onset_s: float
    decoys: tuple[PlannedDecoy, ...] = ()
    case: str | None = None

    @property
    def name(self) -> str:
        """Its name as the setting FAULT has it."""
        return self.case or self.fault.kind

    @property
    def outcome(self) -> str:
        """The right outcome."""
        return COURSES[self.name][0]

    @property
    def expected_actions(self) -> list[tuple[str | None, str]]:
        """The right actions in order, as service and verb; empty where no action helps."""
        return [(self.fault.service, verb) for verb in COURSES[self.name][1]]

    @property
    def description(self) -> str:
        """Fault, service and size in words, for the lines of `judge`."""
        parts = (self.case, self.fault.flavour, self.fault.kind, self.fault.service, self.fault.size)
        return " ".join(str(part) for part in parts if part is not None)


def draw(kind: str, seed: int | None, *, decoys: bool = False) -> Incident:
    """Draws service, size, onset and decoys; the kind, too, where it is `random`.

    Raises ValueError for an unknown kind.
    """
    if kind not in (*KINDS, *CASES, "random"):
        raise ValueError(f"FAULT={kind} is none of {', '.join((*KINDS, *CASES, 'random'))}.")
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    rng = random.Random(f"{kind}/{seed}")  # noqa: S311  a demo, repeatable by its seed
    if kind in CASES:
        return _case(kind, seed, rng)
    chosen = rng.choice(KINDS) if kind == "random" else kind
    service = rng.choice(PROVIDED if chosen == "slow-dependency" else SERVICES)
    onset_s = rng.uniform(0, 12)
    # A generator of their own: the same seed draws the same fault with decoys and without.
    planned = _decoys(None if chosen == "none" else service, seed) if decoys else ()
    if chosen == "none":
        return Incident(seed, Fault(), onset_s, planned)
    flavour = rng.choice(("errors", "latency")) if chosen == "bad-deploy" else None
    size = round(rng.uniform(*SIZES[flavour or chosen]), 2)
    return Incident(seed, Fault.from_json(_content(chosen, service, flavour, size)), onset_s, planned)


def _case(case: str, seed: int, rng: random.Random) -> Incident:
    """A fault, and a harmless deployment of the same service just before it."""
    kind, before_s = {"coincidence": ("pool-exhaustion", 3.0), "stubborn": ("bad-data", 2.0)}[case]
    service, onset_s = rng.choice(SERVICES), rng.uniform(0, 12)
    fault = Fault.from_json(_content(kind, service, None, round(rng.uniform(*SIZES[kind]), 2)))
    harmless = PlannedDecoy(Decoy("deployment", service), -before_s)
    return Incident(seed, fault, onset_s, (harmless,), case)


def _content(kind: str, service: str, flavour: str | None, size: float) -> dict[str, object]:
    content: dict[str, object] = {"kind": kind, "service": service, "size": size}
    return content | ({"flavour": flavour} if flavour else {})


def _decoys(cause: str | None, seed: int) -> tuple[PlannedDecoy, ...]:
    """A harmless deployment and a noisy metric of other services, and an alert about a victim."""
    rng = random.Random(f"decoys/{seed}")  # noqa: S311  as above
    others = [name for name in SERVICES if name != cause]
    nearest, latest, earliest = NEAR_S
    offset = rng.choice((-1 * rng.uniform(nearest, earliest), rng.uniform(nearest, latest)))
    planned = [
        PlannedDecoy(Decoy("deployment", rng.choice(others)), offset),
        PlannedDecoy(Decoy("noise", rng.choice(others))),
    ]
    victims = SERVICES[: SERVICES.index(cause)] if cause else SERVICES
    if victims:
        planned.append(PlannedDecoy(Decoy("alert", rng.choice(victims))))
    return tuple(planned)
