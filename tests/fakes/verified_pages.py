"""Pages before and after an action, written as the levels of a few panels over time."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from missions.evidence import Evidence, LogLine, Origin, Series
from missions.plan import Phase, Window
from missions.verification import AppliedAction

ONSET, COMPLAINT, ENDED = 200.0, 320.0, 400.0
"""Seconds since START: the incident begins, is seen by the mission, and the action has ended."""
START = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)

Level = Callable[[float], float | None]


@dataclass(frozen=True)
class PanelLine:
    """One line of a panel; one sample shows the mean of the true `level` over the last `range_s` seconds.

    A level of None is a gap. `noise` is the relative spread of the samples.
    """

    service: str
    expression: str
    level: Level
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    range_s: float = 0.0
    noise: float = 0.05

    def points(self, start: float, end: float, step: float) -> tuple[tuple[float, float | None], ...]:
        """The samples of a window, seconds since START, on a grid that ends with it."""
        times = [end - number * step for number in range(int((end - start) // step), -1, -1)]
        return tuple((START.timestamp() + at, self._sample(at)) for at in times)

    def _sample(self, at: float) -> float | None:
        count = max(1, int(self.range_s // 5))
        covered = [self.level(at - 5.0 * number) for number in range(count)]
        values = [value for value in covered if value is not None]
        if self.level(at) is None or not values:
            return None
        ripple = math.sin(at * 1.7 + len(self.expression)) * self.noise
        return (sum(values) / len(values)) * (1 + ripple)


def incident(normal: float, bad: float, after: float | None, until: float = math.inf) -> Level:
    """Normal, bad since the onset, and another level since the action's end and until a moment."""

    def level(at: float) -> float | None:
        if at < ONSET:
            return normal
        return bad if at < ENDED or at >= until else after

    return level


def page(
    lines: list[PanelLine],
    at: float,
    *,
    step: float = 15.0,
    span: float = 300.0,
    phase: Phase = Phase.BEFORE,
    logs: tuple[LogLine, ...] = (),
    target: str = "overview",
) -> Evidence:
    """What a visit at a moment takes from the page."""
    return Evidence(
        target=target,
        phase=phase,
        window=Window(start=_moment(at - span), end=_moment(at)),
        logs=logs,
        series=tuple(
            Series(
                id=f"{target}/{number}/{sorted(line.labels.items())}",
                panel=f"panel {number}",
                service=line.service,
                metric=line.expression,
                unit=line.unit,
                query=line.expression,
                origin=Origin.PAGE_RESPONSE,
                labels=dict(line.labels),
                points=points,
            )
            for number, line in enumerate(lines)
            if (points := tuple(p for p in line.points(at - span, at, step) if p[1] is not None))
        ),
    )


def alert(name: str, service: str, since: float, **fields: str) -> LogLine:
    """A line as the alert panels give it."""
    return LogLine(
        id=f"alert-{name}-{service}",
        at=_moment(since),
        service=service,
        level=fields.pop("severity", "critical"),
        message=name,
        fields={"alertname": name, "state": "active"} | fields,
    )


def applied(service: str) -> AppliedAction:
    """The action, which ended at ENDED."""
    return AppliedAction(service=service, ended_at=_moment(ENDED))


def _moment(at: float) -> datetime:
    return START + timedelta(seconds=at)
