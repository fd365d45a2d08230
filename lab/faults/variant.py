import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.topology import Component
from runtime.local_settings import ROOT

SERVICES = ROOT / "lab" / "services"


class VariantError(ValueError):
    """The text to replace is not in the file exactly once."""


@dataclass(frozen=True)
class Variant:
    """A change of one service's source: `old`, which is in the file exactly once, becomes `new`."""

    service: Component
    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The changed text. VariantError."""
        if text.count(self.old) != 1:
            message = f"{self.service}/{self.file} has {text.count(self.old)} times: {self.old!r}"
            raise VariantError(message)
        return text.replace(self.old, self.new)


def write_variants(target: Path, variants: tuple[Variant, ...], source: Path = SERVICES) -> Path:
    """Writes the changed source of the variants' service to `target`, which is replaced. VariantError."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source / variants[0].service, target)
    for variant in variants:
        path = target / variant.file
        path.write_text(variant.applied(path.read_text(encoding="utf-8")), encoding="utf-8")
    return target
