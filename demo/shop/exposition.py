"""The Prometheus text format, as far as the shop needs it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of an exposition."""

    name: str
    labels: Mapping[str, str]
    value: float


def render(samples: Iterable[Sample], kinds: Mapping[str, str]) -> str:
    """Text format 0.0.4; `kinds` gives the TYPE of each family."""
    lines = [f"# TYPE {family} {kind}" for family, kind in kinds.items()]
    for sample in samples:
        labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
        lines.append(
            f"{sample.name}{{{labels}}} {sample.value}" if labels else f"{sample.name} {sample.value}"
        )
    return "\n".join(lines) + "\n"


def parse(text: str) -> Iterator[Sample]:
    """The samples of an exposition; comments and lines it cannot read are passed over."""
    for line in text.splitlines():
        found = _LINE.match(line)
        if found:
            name, labels, value = found.groups()
            yield Sample(name, dict(_LABEL.findall(labels or "")), float(value))
