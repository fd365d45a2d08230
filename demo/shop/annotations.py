from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from demo.shop.clock import iso


@dataclass(frozen=True, slots=True)
class Annotation:
    """An event of one service; `time_ms` in milliseconds since 1970."""

    id: int
    time_ms: int
    text: str
    tags: tuple[str, ...]
    data: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """The shape of Grafana's annotations."""
        return {
            "id": self.id,
            "time": self.time_ms,
            "text": self.text,
            "tags": list(self.tags),
            "data": dict(self.data),
        }


class Annotations:
    """Deployments, actions and alerts, oldest first."""

    def __init__(self) -> None:
        self._all: list[Annotation] = []

    def add(
        self,
        kind: Literal["deployment", "action", "alert"],
        service: str,
        time: float,
        text: str,
        data: Mapping[str, object],
    ) -> None:
        """Records an event; `time` in seconds since 1970."""
        full = {"service": service, "at": iso(time), **data}
        self._all.append(Annotation(len(self._all) + 1, round(time * 1000), text, (kind, service), full))

    def between(self, start_ms: float, end_ms: float, tags: Sequence[str]) -> list[Annotation]:
        """The events in [start, end] with all the tags, newest first."""
        return [
            annotation
            for annotation in reversed(self._all)
            if start_ms <= annotation.time_ms <= end_ms and set(tags) <= set(annotation.tags)
        ]
