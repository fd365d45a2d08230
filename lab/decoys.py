"""Harmless operations beside a fault, which a diagnosis must not take for its cause."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from lab.faults.fault import Fault
from lab.operations.operations import Operations
from lab.topology import INSTANCES, Component

KINDS = ("restart", "deploy")
_BEFORE_S = (5.0, 60.0)


@dataclass(frozen=True)
class Decoy:
    """A restart, or a release that changes a comment of the configuration, `before_s` before the fault."""

    kind: str
    service: Component
    before_s: float

    def __str__(self) -> str:
        return f"{self.kind} {self.service}"

    async def carry_out(self, operations: Operations) -> None:
        """OperationError."""
        if self.kind == "restart":
            await operations.restart(self.service)
        else:
            await operations.deploy(self.service, config={"# Reviewed in week": str(round(self.before_s))})


def bystanders(faults: Sequence[Fault]) -> tuple[Component, ...]:
    """The services that can be restarted or released beside these faults.

    Their instances are replaced one after the other, which customers do not notice. A diagnosis that names
    one of them is wrong, and no action on one of them helps.
    """
    about = {name for fault in faults for name in (*fault.components, *fault.accepted)}
    about |= {action.service for fault in faults for action in fault.helps}
    return tuple(service for service, count in INSTANCES.items() if count > 1 and service not in about)


def draw_decoys(source: random.Random, fault: Fault) -> tuple[Decoy, ...]:
    """None in every second case, otherwise one, of a service that the fault is not about."""
    others = bystanders([fault])
    if not others or source.random() < 0.5:  # noqa: PLR2004  a half
        return ()
    return (Decoy(source.choice(KINDS), source.choice(others), source.uniform(*_BEFORE_S)),)
