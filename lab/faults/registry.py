import random

from lab.faults.fault import Fault

FAULTS: dict[str, type[Fault]] = {}
"""Every fault by its kind, in the order of the documentation."""


def draw_fault(kind: str, seed: int) -> Fault:
    """The fault of this kind with the place and size that the seed draws. KeyError for an unknown kind."""
    return FAULTS[kind](random.Random(f"{kind} {seed}"))
