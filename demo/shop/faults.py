from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final, Literal, Self, cast, get_args

from demo.shop.topology import SERVICES, design_of

Kind = Literal["bad-deploy", "bad-data", "leak", "pool-exhaustion", "slow-dependency", "none"]
Flavour = Literal["errors", "latency"]

SIZES: Final[Mapping[str, tuple[float, float]]] = {
    "errors": (0.25, 0.6),  # share of requests that fail, 0..1
    "latency": (0.6, 1.5),  # seconds added to each request
    "bad-data": (0.25, 0.6),  # share of requests that fail in every build
    "leak": (0.5, 1.0),  # speed: 1.0 is the fastest
    # Seconds for which a connection is held after its call: 12 requests a second need more than the 80 slots
    # of two replicas, and 70 % of the 120 of three.
    "pool-exhaustion": (6.9, 7.1),
    "slow-dependency": (0.6, 1.2),  # seconds added to each answer of the provider
}


@dataclass(frozen=True, slots=True)
class Defect:
    """The defect of a build: `size` is a share of requests (errors) or seconds (latency)."""

    flavour: Flavour
    size: float


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the shop; ValueError when its fields do not fit together."""

    kind: Kind = "none"
    service: str | None = None
    flavour: Flavour | None = None
    size: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind of fault: {self.kind!r}")
        if self.kind == "none":
            return
        if self.service not in SERVICES:
            raise ValueError(f"unknown service: {self.service!r}")
        if self.kind == "bad-deploy" and self.flavour not in ("errors", "latency"):
            raise ValueError(f"a bad deploy has the flavour errors or latency, not {self.flavour!r}")
        if self.kind != "bad-deploy" and self.flavour is not None:
            raise ValueError(f"a fault of the kind {self.kind} has no flavour")
        if self.kind == "slow-dependency" and design_of(self.service).provider is None:
            raise ValueError(f"{self.service} has no provider that could be slow")
        low, high = SIZES[self.flavour or self.kind]
        if not isinstance(self.size, int | float) or isinstance(self.size, bool):
            raise ValueError("size is not a number")  # noqa: TRY004  callers expect ValueError
        if not low <= self.size <= high:
            raise ValueError(f"size {self.size} is outside {low}..{high}")

    @property
    def defect(self) -> Defect | None:
        """The defect a bad build carries; None for every other kind."""
        if self.kind != "bad-deploy" or self.flavour is None or self.size is None:
            return None
        return Defect(self.flavour, float(self.size))

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Reads the object of `to_json`; ValueError for anything else."""
        if not isinstance(value, dict):
            raise ValueError("a fault is a JSON object")  # noqa: TRY004  as above
        unknown = set(value) - {field.name for field in fields(cls)}
        if unknown or "kind" not in value:
            raise ValueError("a fault has kind, service, flavour and size")
        return cls(**cast("dict[str, object]", value))  # type: ignore[arg-type]  # checked in __post_init__

    def to_json(self) -> dict[str, object]:
        """A JSON object without the absent fields."""
        return {name: value for name, value in asdict(self).items() if value is not None}
