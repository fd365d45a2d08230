"""Grafana's responses and dashboard models, as its versions publish them, without a browser."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.dashboards.answers.grafana_frames import read_frames
from adapters.dashboards.products.grafana.panels import PanelTarget, panels_of, panels_with
from adapters.dashboards.products.grafana.selectors import region_of
from missions.evidence import Origin, Series
from missions.plan import PanelQuery

BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EXPR = 'latency_p95_seconds{service="$service"}'


def series_of(answer: dict[str, Any]) -> tuple[Series, ...]:
    asked = PanelQuery(panel="p", query="q")
    return read_frames(json.dumps(answer).encode(), asked, "service", Origin.PAGE_RESPONSE).series


def frame(fields: list[dict[str, Any]], *values: list[Any], **meta: str) -> dict[str, Any]:
    return {
        "results": {
            "A": {"frames": [{"schema": {"fields": fields, "meta": meta}, "data": {"values": list(values)}}]}
        }
    }


def test_long_frames_are_split_by_their_words() -> None:
    """A frame with time, text and number columns becomes one series for each text."""
    fields = [
        {"name": "t", "type": "time"},
        {"name": "service", "type": "string"},
        {"name": "v", "type": "number"},
    ]
    lines = series_of(frame(fields, [1000, 1000, 2000], ["a", "b", "a"], [1, 2, 3]))
    assert [(line.service, line.points) for line in lines] == [
        ("a", ((1.0, 1.0), (2.0, 3.0))),
        ("b", ((1.0, 2.0),)),
    ]


def test_words_over_time_stay_words() -> None:
    """A state timeline has texts and no numbers."""
    fields = [{"name": "t", "type": "time"}, {"name": "state", "type": "string"}]
    (line,) = series_of(frame(fields, [1000, 2000], ["up", "down"]))
    assert (line.texts, line.points) == (((1.0, "up"), (2.0, "down")), ())


def test_logs_and_traces_are_read_from_frames() -> None:
    """Log lines have labels and exact times; spans have parents, durations and errors."""
    asked = PanelQuery(panel="p", query="q")
    fields = [
        {"name": "Time", "type": "time"},
        {"name": "Line", "type": "string"},
        {"name": "labels", "type": "other"},
    ]
    answer = frame(
        fields,
        [1772366400123],
        ['{"msg":"boom","level":"ERROR"}'],
        [{"service": "web"}],
        preferredVisualisationType="logs",
    )
    (line,) = read_frames(json.dumps(answer).encode(), asked, "service", Origin.PAGE_RESPONSE).logs
    assert (line.service, line.level, line.message, line.at.microsecond) == ("web", "error", "boom", 123000)
    names = (
        "traceID",
        "spanID",
        "parentSpanID",
        "serviceName",
        "operationName",
        "startTime",
        "duration",
        "tags",
    )
    spans = frame(
        [{"name": name, "type": "string"} for name in names],
        ["t"], ["s"], ["r"], ["payments"], ["POST /pay"], [1772366400000], [1500.5],
        [[{"key": "error", "value": True}]],
        preferredVisualisationType="trace",
    )  # fmt: skip
    (span,) = read_frames(json.dumps(spans).encode(), asked, "service", Origin.PAGE_RESPONSE).spans
    assert (span.service, span.parent_id, span.duration_ms, span.error, span.start) == (
        "payments", "r", 1500.5, True, BEGIN,
    )  # fmt: skip


def test_a_failed_query_is_an_error() -> None:
    """A failed query is an error, also with HTTP 200 and beside a successful one."""
    with pytest.raises(ValueError, match="B: too many"):
        series_of({"results": {"A": {"frames": []}, "B": {"error": "too many", "status": 400}}})


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ('latency_p95_seconds{service="checkout"}', True),
        ('latency_p95_seconds{service=""}', True),
        ('latency_p95_seconds{service="checkout"} > 1', False),
        ("latency", False),
    ],
)
def test_a_query_is_known_again_with_its_variables_filled(query: str, fits: bool) -> None:  # noqa: FBT001  the expectation
    """A query matches its template by the text around the variables, each part once."""
    assert PanelTarget(text=EXPR, raw={}).matches(query) is fits


def test_panels_of_rows_and_of_the_newer_schema() -> None:
    """Panels of rows and of the newer schema are read without hidden queries; several may ask the same."""
    inner = {"id": 2, "title": "B", "targets": [{"expr": "x"}, {"expr": "y", "hide": True}]}
    old = panels_of({"panels": [{"type": "row", "panels": [inner]}, {"id": 3, "targets": [{"expr": "x"}]}]})
    assert [(panel.id, [target.text for target in panel.targets]) for panel in old] == [
        ("2", ["x"]),
        ("3", ["x"]),
    ]
    assert [panel.id for panel in panels_with(old, " x")] == ["2", "3"]
    spec = {
        "id": 7,
        "title": "C",
        "data": {"spec": {"queries": [{"spec": {"query": {"spec": {"expr": "z"}}}}]}},
        "vizConfig": {"spec": {"fieldConfig": {"defaults": {"unit": "ms"}}}},
    }
    (new,) = panels_of({"elements": {"panel-7": {"kind": "Panel", "spec": spec}}})
    assert (new.id, new.title, new.unit, new.targets[0].text) == ("7", "C", "ms", "z")


def test_a_title_cannot_leave_its_selector() -> None:
    """Quotes and backslashes of a title are escaped in its selector."""
    roots = region_of('x"], body, [y="', None).roots
    assert not any('"], body' in root for root in roots)
