import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_SPANS: Final = 5_000


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """One span of a service, in OTLP's JSON."""

    service: str
    content: Mapping[str, Any]

    @property
    def trace_id(self) -> str:
        """Hexadecimal."""
        return str(self.content["traceId"])

    @property
    def ended_ns(self) -> int:
        """Nanoseconds since 1970."""
        return int(self.content["endTimeUnixNano"])


class TraceStore:
    """The newest spans of all replicas."""

    def __init__(self) -> None:
        self._spans: deque[StoredSpan] = deque(maxlen=MAX_SPANS)

    def add(self, text: str) -> None:
        """Stores one line of a replica."""
        line = json.loads(text)
        self._spans.append(StoredSpan(line["service"], line["span"]))

    def traces(self, service: str | None, since_ns: int, limit: int) -> list[StoredSpan]:
        """All spans of the newest traces with a span of the service since then, in order of arrival."""
        newest: dict[str, None] = {}
        for span in reversed(self._spans):
            if span.ended_ns >= since_ns and service in (None, span.service) and len(newest) < limit:
                newest.setdefault(span.trace_id)
        return [span for span in self._spans if span.trace_id in newest]
