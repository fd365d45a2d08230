"""Spans of sampled requests in OTLP's JSON, written as lines that the cluster reads."""

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
SERVER: Final = 2  # OTLP's numbers for kinds and for the status
CLIENT: Final = 3
FAILED: Final = 2

_SAMPLED_OF_256: Final = 32  # an eighth, decided by the trace id: so all services decide the same
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def _span_id() -> str:
    return f"{random.getrandbits(64):016x}"


@dataclass(frozen=True, slots=True)
class SpanContext:
    """The ids of a span, its parent and its trace."""

    trace_id: str
    parent_id: str = ""
    span_id: str = field(default_factory=_span_id)

    @classmethod
    def of_header(cls, header: str) -> Self:
        """Reads W3C's traceparent; without one it starts a new trace."""
        match = _TRACEPARENT.fullmatch(header)
        return cls(match.group(1), match.group(2)) if match else cls(f"{random.getrandbits(128):032x}")

    @property
    def header(self) -> str:
        """The traceparent for the callee."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    @property
    def sampled(self) -> bool:
        """Whether its spans are written."""
        return int(self.trace_id[-2:], 16) < _SAMPLED_OF_256

    def child(self) -> "SpanContext":
        """A child of this span."""
        return SpanContext(self.trace_id, self.span_id)


@dataclass(slots=True)
class SpanResult:
    """The status of a span, set before its end."""

    failed: bool = False
    status: int | None = None


class SpanWriter:
    """Writes the sampled spans of one service to standard output, one JSON line each."""

    def __init__(self, service: str) -> None:
        self._service = service

    @contextmanager
    def span(self, context: SpanContext, name: str, kind: Literal[2, 3]) -> Iterator[SpanResult]:
        """A span around a block; an exception in the block marks it as failed."""
        result, started = SpanResult(), time.time_ns()
        try:
            yield result
        except BaseException:
            result.failed = True
            raise
        finally:
            if context.sampled:
                self._write(context, name, kind, started, result)

    def _write(self, context: SpanContext, name: str, kind: int, started: int, result: SpanResult) -> None:
        span: dict[str, object] = {
            "traceId": context.trace_id,
            "spanId": context.span_id,
            "parentSpanId": context.parent_id,
            "name": name,
            "kind": kind,
            "startTimeUnixNano": str(started),
            "endTimeUnixNano": str(max(started, time.time_ns())),
            "attributes": [],
            "status": {"code": FAILED} if result.failed else {},
        }
        if result.status is not None:
            code = {"key": "http.response.status_code", "value": {"intValue": str(result.status)}}
            span["attributes"] = [code]
        sys.stdout.write(json.dumps({"span": span, "service": self._service}) + "\n")
        sys.stdout.flush()
