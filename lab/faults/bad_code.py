from dataclasses import dataclass, replace

from lab.faults.prompts import Journey
from lab.faults.variant import Variant
from lab.topology import Component


@dataclass(frozen=True)
class BadCode:
    """Variants of one service, the path that they concern, and a pattern of what its log then has.

    A `%d` in a replacement is the drawn size.
    """

    path: str
    journey: Journey
    variants: tuple[Variant, ...]
    log: str = ""

    @property
    def service(self) -> Component:
        """The service that is released."""
        return self.variants[0].service

    def with_size(self, size: int) -> tuple[Variant, ...]:
        """The variants with the drawn size in the place of `%d`."""
        return tuple(
            replace(variant, new=variant.new % size) if "%d" in variant.new else variant
            for variant in self.variants
        )
