import random
from dataclasses import dataclass

from demo.shop.faults import SIZES, Fault
from demo.shop.topology import SERVICES

KINDS = ("bad-deploy", "leak", "none")
CURE = {"bad-deploy": "rollback", "leak": "restart"}


@dataclass(frozen=True)
class Incident:
    """What is broken, when (seconds after the shop has run long enough to be normal), and from which seed."""

    seed: int
    fault: Fault
    onset_s: float

    @property
    def action(self) -> str | None:
        """The verb of the catalog that cures it; None where nothing must be done."""
        return CURE.get(self.fault.kind)


def draw(kind: str, seed: int | None) -> Incident:
    """Draws service, size and onset, and the kind where it is `random`. Raises ValueError for others."""
    if kind not in (*KINDS, "random"):
        raise ValueError(f"FAULT={kind}: there are {', '.join(KINDS)} and random.")
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    dice = random.Random(f"{kind}/{seed}")  # noqa: S311  a demo, repeatable by its seed
    chosen = dice.choice(KINDS) if kind == "random" else kind
    service, onset_s = dice.choice(SERVICES), dice.uniform(0, 12)
    if chosen == "none":
        return Incident(seed, Fault(), onset_s)
    flavour = dice.choice(("errors", "latency")) if chosen == "bad-deploy" else None
    size = round(dice.uniform(*SIZES[flavour or "leak"]), 2)
    return Incident(seed, Fault.from_json(_content(chosen, service, flavour, size)), onset_s)


def _content(kind: str, service: str, flavour: str | None, size: float) -> dict[str, object]:
    content: dict[str, object] = {"kind": kind, "service": service, "size": size}
    return content | ({"flavour": flavour} if flavour else {})
