from dataclasses import asdict, dataclass
from typing import Final, Literal, Self, get_args

from demo.shop.topology import SERVICES

DecoyKind = Literal["deployment", "noise", "alert"]
NOISE_BYTES: Final = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Decoy:
    """A true signal that is not the cause: a harmless deployment, a noisy metric, an alert about a victim.

    ValueError for an unknown kind or service.
    """

    kind: DecoyKind
    service: str

    def __post_init__(self) -> None:
        if self.kind not in get_args(DecoyKind):
            raise ValueError(f"unknown kind of decoy: {self.kind!r}")
        if self.service not in SERVICES:
            raise ValueError(f"unknown service: {self.service!r}")

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Reads the object of `to_json`; ValueError for anything else."""
        if not isinstance(value, dict) or set(value) != {"kind", "service"}:
            raise ValueError("a decoy has kind and service")
        return cls(**value)

    def to_json(self) -> dict[str, str]:
        """A JSON object."""
        return asdict(self)
