import random
from dataclasses import dataclass
from functools import cache

from lab.decoys import Decoy, draw_decoys
from lab.faults.fault import Fault
from lab.faults.registry import FAULTS, draw_fault

RANDOM = "random"
WAIT_S = (60.0, 120.0)


@dataclass(frozen=True)
class LabIncident:
    """A fault, its decoys, and the seconds from its injection to the mission."""

    seed: int
    fault: Fault
    decoys: tuple[Decoy, ...]
    wait_s: float

    def __str__(self) -> str:
        decoys = f" (beside it: {', '.join(map(str, self.decoys))})" if self.decoys else ""
        return f"seed {self.seed}: {self.fault.kind} {self.fault.detail}".strip() + decoys


@cache
def impossible_faults() -> dict[str, str]:
    """The kinds that this machine cannot run, each with the reason in one line."""
    reasons = {kind: draw_fault(kind, 0).possible() for kind in FAULTS}
    return {kind: reason for kind, reason in reasons.items() if reason is not None}


def draw(kind: str, seed: int, *, decoys: bool) -> LabIncident:
    """The incident that the seed draws. ValueError for an unknown kind.

    RuntimeError, with the reason, for a kind that this machine cannot run.
    """
    if kind != RANDOM and kind not in FAULTS:
        raise ValueError(f"FAULT={kind} is none of {', '.join((*FAULTS, RANDOM))}.")
    chosen = _kind_of(seed) if kind == RANDOM else kind
    source = random.Random(f"incident {chosen} {seed}")
    fault = draw_fault(chosen, seed)
    if (reason := fault.possible()) is not None:
        raise RuntimeError(f"{chosen} is not possible here: {reason}")
    wait_s = source.uniform(*WAIT_S)
    return LabIncident(seed, fault, draw_decoys(source, fault) if decoys else (), wait_s)


def _kind_of(seed: int) -> str:
    """As many consecutive seeds as there are kinds draw each of them once, in an order of their own."""
    kinds = [kind for kind in FAULTS if kind not in impossible_faults()]
    turn, place = divmod(seed, len(kinds))
    random.Random(f"kinds {turn}").shuffle(kinds)
    return kinds[place]
