"""What a sampled request did, as spans of OTLP: written as lines, gathered by the cluster."""

import json
import random
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, Self

SPAN_LINE: Final = '{"span": '
SERVER: Final = 2  # OTLP's numbers of kinds and of the status
CLIENT: Final = 3
FAILED: Final = 2

_SAMPLED_OF_256: Final = 32  # an eighth; decided by the trace's own id, so that all services agree
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def _span_id() -> str:
    return f"{random.getrandbits(64):016x}"


@dataclass(frozen=True, slots=True)
class Context:
    """Where a span stands in its trace."""

    trace_id: str
    parent_id: str = ""
    span_id: str = field(default_factory=_span_id)

    @classmethod
    def of_header(cls, header: str) -> Self:
        """Of W3C's traceparent; a new trace where there is none."""
        found = _TRACEPARENT.fullmatch(header)
        return cls(found.group(1), found.group(2)) if found else cls(f"{random.getrandbits(128):032x}")

    @property
    def header(self) -> str:
        """What the callee is told."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    @property
    def sampled(self) -> bool:
        """Whether its spans are kept."""
        return int(self.trace_id[-2:], 16) < _SAMPLED_OF_256

    def child(self) -> "Context":
        """A span within this one."""
        return Context(self.trace_id, self.span_id)


@dataclass(slots=True)
class Ending:
    """What is known of a span only at its end."""

    failed: bool = False
    status: int | None = None


class Spans:
    """Writes the sampled spans of one service to standard output, one JSON line each."""

    def __init__(self, service: str) -> None:
        self._service = service

    @contextmanager
    def span(self, context: Context, name: str, kind: Literal[2, 3]) -> Iterator[Ending]:
        """Lasts as long as its block; whatever is raised in it makes it failed."""
        ending, started = Ending(), time.time_ns()
        try:
            yield ending
        except BaseException:
            ending.failed = True
            raise
        finally:
            if context.sampled:
                self._write(context, name, kind, started, ending)

    def _write(self, context: Context, name: str, kind: int, started: int, ending: Ending) -> None:
        span: dict[str, object] = {
            "traceId": context.trace_id,
            "spanId": context.span_id,
            "parentSpanId": context.parent_id,
            "name": name,
            "kind": kind,
            "startTimeUnixNano": str(started),
            "endTimeUnixNano": str(max(started, time.time_ns())),
            "attributes": [],
            "status": {"code": FAILED} if ending.failed else {},
        }
        if ending.status is not None:
            code = {"key": "http.response.status_code", "value": {"intValue": str(ending.status)}}
            span["attributes"] = [code]
        sys.stdout.write(json.dumps({"span": span, "service": self._service}) + "\n")
        sys.stdout.flush()
