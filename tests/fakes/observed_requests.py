"""Requests of an observed system as traces: a server span, and for each call a client and a server span."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from observed_system import ObservedSystem

from missions.evidence import Span


@dataclass(frozen=True)
class Call:
    """One call in seconds: what the callee takes, and what is lost on the way there and back."""

    callee: str
    seconds: float
    lost: float = 0.001
    failed: bool = False


def trace(
    system: ObservedSystem, sample: float, entry: str, own: float, calls: tuple[Call, ...], name: str = ""
) -> None:
    """One request at a sample: the entry calls its callees one after the other."""
    trace_id = name or f"trace-{len(system.spans)}"
    start = system.at(sample)
    total = own + sum(call.seconds + call.lost for call in calls)
    system.spans.append(_span(trace_id, "1", "", entry, start, total, error=False))
    moment = start + timedelta(seconds=own / 2)
    for place, call in enumerate(calls):
        client, server = f"{place}c", f"{place}s"
        there = timedelta(seconds=call.lost / 2)
        system.spans.append(
            _span(trace_id, client, "1", entry, moment, call.seconds + call.lost, error=call.failed)
        )
        system.spans.append(
            _span(trace_id, server, client, call.callee, moment + there, call.seconds, error=call.failed)
        )
        moment += timedelta(seconds=call.seconds + call.lost)


def slower_way(
    system: ObservedSystem, seconds: Mapping[str, float], slow: Mapping[str, float]
) -> tuple[Call, ...]:
    """Calls that take their usual seconds with noise, and lose `slow` seconds on the way to these callees."""
    noise = system.random.lognormal(0, 0.15, len(seconds))
    return tuple(
        Call(callee, usual * factor, 0.001 + slow.get(callee, 0.0) * factor)
        for (callee, usual), factor in zip(seconds.items(), map(float, noise), strict=True)
    )


def _span(
    trace_id: str, span_id: str, parent_id: str, service: str, start: datetime, seconds: float, *, error: bool
) -> Span:
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent_id,
        service=service,
        operation=f"request of {service}",
        start=start,
        duration_ms=seconds * 1000,
        error=error,
    )
