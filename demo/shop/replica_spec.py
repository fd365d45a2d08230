import json
from dataclasses import asdict, dataclass
from typing import Self

from demo.shop.faults import Defect


@dataclass(frozen=True, slots=True)
class InjectedConditions:
    """The faults and noise of a whole service: every replica of every revision has them."""

    hold_seconds: float = 0.0
    noise_bytes: int = 0
    failing_share: float = 0.0


@dataclass(frozen=True, slots=True)
class ReplicaSpec:
    """The first line on a replica's standard input, as JSON.

    The arguments would show it in the public process list.
    """

    service: str
    replica: str
    version: str
    port: int
    callee_url: str | None
    provider_url: str | None
    parent_pid: int
    injected: InjectedConditions
    defect: Defect | None = None

    def to_line(self) -> bytes:
        """The spec as one JSON line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Reads the line of `to_line`."""
        value = json.loads(line)
        defect = value.pop("defect")
        injected = InjectedConditions(**value.pop("injected"))
        return cls(**value, injected=injected, defect=Defect(**defect) if defect else None)
