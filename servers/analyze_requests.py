"""The request bodies of the analysis server. Unknown fields are refused."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from adapters.incidents.traces import span_of
from missions.evidence import Change, Dependency, Evidence, LogLine, Origin, Series
from missions.measurement import SeriesMapping
from missions.plan import Phase, Window
from missions.strict_model import StrictModel
from rca.spans import series_from_spans

_Name = Annotated[str, Field(max_length=500)]
_Points = Annotated[tuple[tuple[float, float | None], ...], Field(max_length=20_000)]


class AnalyzeLog(StrictModel):
    """A log line, or an alert if its fields have an `alertname`; without an id its index names it."""

    id: _Name = ""
    timestamp: AwareDatetime
    service: _Name
    level: _Name = "info"
    message: Annotated[str, Field(max_length=20_000)]
    fields: dict[str, str] = {}
    cluster: _Name = ""


class AnalyzeMapping(SeriesMapping):
    """What a person says that a series measures."""

    model_config = ConfigDict(extra="forbid")


class AnalyzeMetric(StrictModel):
    """One series: `points` are [epoch seconds, value or null]; without an id its labels name it.

    What it measures follows from what a person says (`mapping`), from its `query` in the language of a
    `product` ("prometheus"), and from its metric, labels, unit, `legend`, `panel` and its `title`.
    """

    id: _Name = ""
    service: _Name
    metric: _Name
    unit: _Name = ""
    labels: dict[str, str] = {}
    query: Annotated[str, Field(max_length=20_000)] = ""
    product: _Name = ""
    legend: _Name = ""
    panel: _Name = ""
    title: _Name = ""
    mapping: AnalyzeMapping | None = None
    cluster: _Name = ""
    points: _Points


class AnalyzeChange(StrictModel):
    """A deployment, configuration change or operator action."""

    id: _Name = ""
    timestamp: AwareDatetime
    service: _Name
    kind: _Name
    description: Annotated[str, Field(max_length=20_000)] = ""
    version: _Name | None = None
    revision: int | None = None
    previous_revision: int | None = None
    cluster: _Name = ""


class AnalyzeWindow(StrictModel):
    """The time range of the data."""

    start: AwareDatetime
    end: AwareDatetime | Literal["now"]


class AnalyzeCall(StrictModel):
    """`caller` calls `callee`."""

    caller: _Name
    callee: _Name


class AnalyzeRequest(StrictModel):
    """`POST /analyze`. Spans have no fixed form: one with a start, a service and a duration is used.

    `cluster` of a metric, log or change is the one that its dashboard shows, "" where it does not say.
    `aliases` are other names of services, by the service's name.
    """

    logs: Annotated[tuple[AnalyzeLog, ...], Field(max_length=20_000)] = ()
    metrics: Annotated[tuple[AnalyzeMetric, ...], Field(max_length=2_000)] = ()
    traces: Annotated[tuple[dict[str, Any], ...], Field(max_length=50_000)] = ()
    time_window: AnalyzeWindow
    configs: Annotated[tuple[AnalyzeChange, ...], Field(max_length=5_000)] = ()
    symptom: Annotated[str, Field(max_length=5_000)] = ""
    incident_id: _Name = ""
    topology: Annotated[tuple[AnalyzeCall, ...], Field(max_length=5_000)] = ()
    aliases: Annotated[dict[_Name, tuple[_Name, ...]], Field(max_length=5_000)] = {}

    def evidence(self) -> tuple[Evidence, ...]:
        """The request as the engine's evidence: a page for each cluster, and one with the calls."""
        end = self.time_window.end
        now = datetime.now(UTC)
        span_series, span_calls = _spans(self.traces)
        series = defaultdict[str, list[Series]](list, {"": span_series})
        logs, changes = defaultdict[str, list[LogLine]](list), defaultdict[str, list[Change]](list)
        for metric in self.metrics:
            series[metric.cluster].append(_series(metric))
        for index, log in enumerate(self.logs):
            logs[log.cluster].append(_line(log, index))
        for index, config in enumerate(self.configs):
            changes[config.cluster].append(_change(config, index))
        calls = dict.fromkeys([*((call.caller, call.callee) for call in self.topology), *span_calls])
        dependencies = tuple(Dependency(caller=caller, callee=callee) for caller, callee in calls)
        return tuple(
            Evidence(
                target="analyze",
                phase=Phase.BEFORE,
                window=Window(start=self.time_window.start, end=now if end == "now" else end),
                series=tuple(series[cluster]),
                logs=tuple(logs[cluster]),
                changes=tuple(changes[cluster]),
                dependencies=() if cluster else dependencies,
                cluster=cluster,
                aliases=self.aliases,
            )
            for cluster in sorted({*series, *logs, *changes})
        )


class LegacyAnalyzeRequest(BaseModel):
    """`POST /api/v1/analyze` of an older client, in snake_case.

    The fields of AnalyzeRequest are read from `context`; other keys of it are ignored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    incident_id: _Name
    symptoms: tuple[Annotated[str, Field(max_length=1_000)], ...] = ()
    context: dict[str, Any] = {}
    mode: _Name = ""


def _spans(traces: tuple[dict[str, Any], ...]) -> tuple[list[Series], list[tuple[str, str]]]:
    """The series that the spans give, and the pairs of caller and callee in them."""
    spans = [span for content in traces if (span := span_of(content)) is not None]
    all_series, edges = series_from_spans(spans)
    series = [
        Series(
            id=timed.id,
            panel="",
            service=timed.service,
            metric=timed.metric,
            unit=timed.unit,
            query="",
            origin=Origin.API,
            points=tuple(zip(timed.times.tolist(), timed.values.tolist(), strict=True)),
        )
        for timed in all_series
    ]
    return series, [(edge.caller, edge.callee) for edge in edges]


def _series(metric: AnalyzeMetric) -> Series:
    return Series(
        id=metric.id or "/".join(["metric", metric.service, metric.metric, *sorted(metric.labels.values())]),
        panel=metric.panel,
        service=metric.service,
        metric=metric.metric,
        unit=metric.unit,
        query=metric.query,
        origin=Origin.API,
        labels=metric.labels,
        legend=metric.legend,
        title=metric.title,
        product=metric.product,
        mapping=metric.mapping,
        points=metric.points,
    )


def _line(log: AnalyzeLog, index: int) -> LogLine:
    return LogLine(
        id=log.id or f"log/{index}",
        at=log.timestamp,
        service=log.service,
        level=log.level,
        message=log.message,
        fields=log.fields,
    )


def _change(config: AnalyzeChange, index: int) -> Change:
    return Change(
        id=config.id or f"config/{index}",
        at=config.timestamp,
        service=config.service,
        kind=config.kind,
        description=config.description,
        version=config.version,
        revision=config.revision,
        previous_revision=config.previous_revision,
    )
