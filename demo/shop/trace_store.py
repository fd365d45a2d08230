import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

KEPT_SPANS: Final = 5_000


@dataclass(frozen=True, slots=True)
class KeptSpan:
    """One span as its service wrote it, in OTLP's JSON."""

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
    """The newest spans of all replicas; the oldest give way."""

    def __init__(self) -> None:
        self._spans: deque[KeptSpan] = deque(maxlen=KEPT_SPANS)

    def add(self, text: str) -> None:
        """Keeps one line of a replica."""
        line = json.loads(text)
        self._spans.append(KeptSpan(line["service"], line["span"]))

    def traces(self, service: str | None, since_ns: int, limit: int) -> list[KeptSpan]:
        """All spans of the newest traces that the service had a part in since then, in order of arrival."""
        newest: dict[str, None] = {}
        for span in reversed(self._spans):
            if span.ended_ns >= since_ns and service in (None, span.service) and len(newest) < limit:
                newest.setdefault(span.trace_id)
        return [span for span in self._spans if span.trace_id in newest]
