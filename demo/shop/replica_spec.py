import json
from dataclasses import asdict, dataclass
from typing import Self

from demo.shop.faults import Defect


@dataclass(frozen=True, slots=True)
class Conditions:
    """What every replica of a service is under, whichever its revision; a new process finds it as well."""

    hold_seconds: float = 0.0
    noise_bytes: int = 0
    failing_share: float = 0.0


@dataclass(frozen=True, slots=True)
class ReplicaSpec:
    """What a replica is told at its start: one JSON line on its standard input.

    It travels there and not in the arguments because the process list is for everyone to read.
    """

    service: str
    replica: str
    version: str
    port: int
    callee_url: str | None
    provider_url: str | None
    parent_pid: int
    conditions: Conditions
    defect: Defect | None = None

    def to_line(self) -> bytes:
        """The spec as one JSON line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Reads what `to_line` wrote."""
        value = json.loads(line)
        defect = value.pop("defect")
        conditions = Conditions(**value.pop("conditions"))
        return cls(**value, conditions=conditions, defect=Defect(**defect) if defect else None)
