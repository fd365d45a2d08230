"""What clients may send to the analysis server. Unknown fields are refused."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from adapters.incidents.lines import span_of
from missions.evidence import Change, Dependency, Evidence, LogLine, Origin, Series
from missions.plan import Phase, Window
from rca.spans import attributed

_Name = Annotated[str, Field(max_length=500)]
_Points = Annotated[tuple[tuple[float, float | None], ...], Field(max_length=20_000)]


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class LogIn(_Sent):
    """A log line; without an id it is named by its place."""

    id: _Name = ""
    timestamp: AwareDatetime
    service: _Name
    level: _Name = "info"
    message: Annotated[str, Field(max_length=20_000)]


class MetricIn(_Sent):
    """One series: `points` are [epoch seconds, value or null]; without an id one is made."""

    id: _Name = ""
    service: _Name
    metric: _Name
    unit: _Name = ""
    labels: dict[str, str] = {}
    points: _Points


class ConfigIn(_Sent):
    """A deployment, configuration change or operator action."""

    id: _Name = ""
    timestamp: AwareDatetime
    service: _Name
    kind: _Name
    description: Annotated[str, Field(max_length=20_000)] = ""
    version: _Name | None = None
    revision: int | None = None
    previous_revision: int | None = None


class TimeWindowIn(_Sent):
    """The range that was looked at."""

    start: AwareDatetime
    end: AwareDatetime | Literal["now"]


class CallIn(_Sent):
    """`caller` calls `callee`."""

    caller: _Name
    callee: _Name


class AnalyzeIn(_Sent):
    """`POST /analyze`. Spans have no fixed form: those that say when, who and how long are used."""

    logs: Annotated[tuple[LogIn, ...], Field(max_length=20_000)] = ()
    metrics: Annotated[tuple[MetricIn, ...], Field(max_length=2_000)] = ()
    traces: Annotated[tuple[dict[str, Any], ...], Field(max_length=50_000)] = ()
    time_window: TimeWindowIn
    configs: Annotated[tuple[ConfigIn, ...], Field(max_length=5_000)] = ()
    symptom: Annotated[str, Field(max_length=5_000)] = ""
    incident_id: _Name = ""
    topology: Annotated[tuple[CallIn, ...], Field(max_length=5_000)] = ()

    def evidence(self) -> Evidence:
        """The same as the engine reads it."""
        end = self.time_window.end
        now = datetime.now(UTC)
        spans, called = _spans(self.traces)
        edges = dict.fromkeys((*((one.caller, one.callee) for one in self.topology), *called))
        return Evidence(
            target="analyze",
            phase=Phase.BEFORE,
            window=Window(start=self.time_window.start, end=now if end == "now" else end),
            series=(*map(_series, self.metrics), *spans),
            logs=tuple(_line(one, place) for place, one in enumerate(self.logs)),
            changes=tuple(_change(one, place) for place, one in enumerate(self.configs)),
            dependencies=tuple(Dependency(caller=caller, callee=callee) for caller, callee in edges),
        )


class OldAnalyzeIn(BaseModel):
    """`POST /api/v1/analyze` of an older client, in snake_case.

    Its context is free; what is in it under the names of AnalyzeIn is analyzed, the rest is not understood.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    incident_id: _Name
    symptoms: tuple[Annotated[str, Field(max_length=1_000)], ...] = ()
    context: dict[str, Any] = {}
    mode: _Name = ""


def _spans(sent: tuple[dict[str, Any], ...]) -> tuple[list[Series], list[tuple[str, str]]]:
    """What the traces say, as series, and who calls whom in them."""
    tracks, called = attributed([span for one in sent if (span := span_of(one)) is not None])
    series = [
        Series(
            id=one.id,
            panel="",
            service=one.service,
            metric=one.metric,
            unit=one.unit,
            query="",
            origin=Origin.API,
            points=tuple(zip(one.times.tolist(), one.values.tolist(), strict=True)),
        )
        for one in tracks
    ]
    return series, [(edge.caller, edge.callee) for edge in called]


def _series(one: MetricIn) -> Series:
    return Series(
        id=one.id or "/".join(["metric", one.service, one.metric, *sorted(one.labels.values())]),
        panel="",
        service=one.service,
        metric=one.metric,
        unit=one.unit,
        query="",
        origin=Origin.API,
        labels=one.labels,
        points=one.points,
    )


def _line(one: LogIn, place: int) -> LogLine:
    return LogLine(
        id=one.id or f"log/{place}",
        at=one.timestamp,
        service=one.service,
        level=one.level,
        message=one.message,
    )


def _change(one: ConfigIn, place: int) -> Change:
    return Change(
        id=one.id or f"config/{place}",
        at=one.timestamp,
        service=one.service,
        kind=one.kind,
        description=one.description,
        version=one.version,
        revision=one.revision,
        previous_revision=one.previous_revision,
    )
