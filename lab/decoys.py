"""Harmless operations beside a fault, which a diagnosis must not take for its cause."""

import random
from dataclasses import dataclass

from lab.operations.operations import Operations
from lab.topology import Component

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


def draw_decoys(
    source: random.Random, services: tuple[Component, ...], at_fault: tuple[Component, ...]
) -> tuple[Decoy, ...]:
    """None in every second case, otherwise one, of a service that is not at fault."""
    others = [service for service in services if service not in at_fault]
    if not others or source.random() < 0.5:  # noqa: PLR2004  a half
        return ()
    return (Decoy(source.choice(KINDS), source.choice(others), source.uniform(*_BEFORE_S)),)
