"""Issue 16, "Meaning": from the answer of a product, through its decoder, to what the engine understands."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.dashboards.answers.datadog import read_metrics
from adapters.dashboards.answers.elasticsearch import SearchResponse, read_hits, read_searches
from adapters.dashboards.answers.grafana_frames import read_frames
from adapters.dashboards.answers.grafana_queries import grafana_query
from adapters.dashboards.answers.loki import read_streams
from adapters.dashboards.answers.prometheus import read_matrix
from adapters.dashboards.products.grafana.panel_facts import with_panel
from adapters.dashboards.products.grafana.panels import panels_of
from missions.evidence import Origin, Series
from missions.measurement import MeasuredRole
from missions.plan import PanelQuery
from rca.series import series_of
from semantics.meaning import MeaningBasis, SeriesMeaning

NOON_MS = 1772366400000
CERTAIN = {MeaningBasis.EXPRESSION, MeaningBasis.CATALOG}
Answer = Callable[[], Series]


def prometheus(query: str, labels: Mapping[str, str] = {}) -> Answer:
    def answer() -> Series:
        result = [{"metric": dict(labels), "values": [[NOON_MS / 1000, "1"]]}]
        body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        asked = PanelQuery(panel="p", query=query)
        return read_matrix(json.dumps(body).encode(), asked, "service").series[0]

    return answer


def loki(query: str) -> Answer:
    def answer() -> Series:
        result = [{"metric": {"app": "web"}, "values": [[NOON_MS / 1000, "1"]]}]
        body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        return read_streams(json.dumps(body).encode(), PanelQuery(panel="p", query=query), "app").series[0]

    return answer


def grafana(
    query: dict[str, Any], kind: str, *, executed: str = "", legend: str = "", unit: str = "", title: str = ""
) -> Answer:
    """A panel of Grafana's whose data source has this type, with the unit of the panel."""

    def answer() -> Series:
        target = {"refId": "B", "datasource": {"type": kind, "uid": "x"}, **query}
        config = {"displayNameFromDS": legend} if legend else {}
        fields = [
            {"name": "Time", "type": "time"},
            {"name": "Value", "type": "number", "labels": {"service": "shop"}, "config": config},
        ]
        frame = {
            "schema": {"refId": "B", "meta": {"executedQueryString": executed}, "fields": fields},
            "data": {"values": [[NOON_MS], [1]]},
        }
        body = json.dumps({"results": {"B": {"status": 200, "frames": [frame]}}}).encode()
        asked = PanelQuery.model_construct(panel="4", query="")
        queries = {"B": grafana_query(target)}
        (line,) = read_frames(body, asked, "service", Origin.PAGE_RESPONSE, queries).series
        defaults = {"defaults": {"unit": unit}} if unit else {}
        model = {"panels": [{"id": 4, "title": title, "targets": [target], "fieldConfig": defaults}]}
        return with_panel(line, panels_of(model)[0])

    return answer


def datadog(query: str, metric: str, unit: list[str | None], tags: str = "service:shop") -> Answer:
    def answer() -> Series:
        row = {
            "metric": metric,
            "scope": tags,
            "display_name": metric,
            "unit": [None if name is None else {"name": name} for name in unit],
            "pointlist": [[NOON_MS, 1.0]],
        }
        body = json.dumps({"status": "ok", "series": [row]}).encode()
        asked = PanelQuery(panel="p", query=query)
        return read_metrics(body, asked, "service", Origin.PAGE_RESPONSE).series[0]

    return answer


def elasticsearch(query: str) -> Answer:
    """The number of documents over time that a query in Lucene's syntax finds."""

    def answer() -> Series:
        buckets = [{"key": NOON_MS, "key_as_string": "2026-03-01T12:00:00Z", "doc_count": 7}]
        response = SearchResponse.model_validate(
            {"hits": {"hits": []}, "aggregations": {"lines": {"buckets": buckets}}}
        )
        asked = PanelQuery(panel="p", query=query)
        decoded = read_hits(response, asked, "service.name", "@timestamp", Origin.PAGE_RESPONSE)
        return decoded.series[0]

    return answer


def kibana(measure: dict[str, Any] | None, conditions: list[dict[str, Any]]) -> Answer:
    """A panel of Kibana's: the fields stand in the request, the values in the response."""

    def answer() -> Series:
        time = {"range": {"@timestamp": {"gte": "now-1h"}}}
        inner = {"aggs": {"1": measure}} if measure else {}
        histogram = {"date_histogram": {"field": "@timestamp"}, **inner}
        groups = {"0": {"terms": {"field": "service.name"}, "aggs": {"2": histogram}}}
        search = {"query": {"bool": {"filter": [time, *conditions]}}, "aggs": groups}
        value = {"values": {"99.0": 5.0}} if measure and "percentiles" in measure else {"value": 5.0}
        bucket = {"key": NOON_MS, "doc_count": 3, **({"1": value} if measure else {})}
        parts = {"0": {"buckets": [{"key": "shop", "doc_count": 3, "2": {"buckets": [bucket]}}]}}
        body = {"rawResponse": {"hits": {"hits": []}, "aggregations": parts}}
        asked = PanelQuery.model_construct(panel="page", query="")
        request = json.dumps({"params": {"body": search}})
        decoded = read_searches(json.dumps(body).encode(), asked, "service.name", "@timestamp", request)
        return decoded.series[0]

    return answer


def meaning(answer: Answer) -> SeriesMeaning:
    return series_of(answer()).meaning


@pytest.mark.parametrize(
    ("answer", "unit"),
    [
        (prometheus('sum by (service) (rate(http_requests_total{code=~"5.."}[1m]))'), "errors/s"),
        (
            grafana(
                {"expr": 'sum(increase(http_server_requests_seconds_count{status="$s"}[$__range]))'},
                "prometheus",
                executed=(
                    'Expr: sum(increase(http_server_requests_seconds_count{status="503"}[30m]))\nStep: 15s'
                ),
            ),
            "errors",
        ),
        (
            datadog(
                "sum:traefik.service.request.total{code:5*} by {service}.as_rate()",
                "traefik.service.request.total",
                [None, None],
            ),
            "errors/s",
        ),
        (elasticsearch("http.response.status_code:[500 TO 599]"), "errors"),
        (kibana(None, [{"range": {"http.response.status_code": {"gte": 500}}}]), "errors"),
    ],
    ids=["prometheus", "grafana", "datadog", "elasticsearch", "kibana"],
)
def test_e1_1_requests_that_failed_are_errors_in_the_answers_of_every_product(
    answer: Answer, unit: str
) -> None:
    measured = meaning(answer)
    assert (measured.role, measured.unit) == (MeasuredRole.ERRORS, unit)
    assert measured.role_basis in CERTAIN


@pytest.mark.parametrize(
    "answer",
    [
        prometheus('sum(rate(grpc_server_handled_total{grpc_code!="OK"}[1m]))'),
        grafana(
            {"expr": 'sum(rate(rpc_server_duration_milliseconds_count{rpc_grpc_status_code!="0"}[1m]))'},
            "prometheus",
        ),
        elasticsearch("rpc.grpc.status_code:(NOT 0)"),
        kibana(None, [{"bool": {"must_not": [{"match_phrase": {"grpc.status": "OK"}}]}}]),
    ],
    ids=["prometheus", "grafana", "elasticsearch", "kibana"],
)
def test_e1_2_grpc_codes_other_than_ok_are_errors_in_the_answers_of_every_product(answer: Answer) -> None:
    measured = meaning(answer)
    assert measured.role is MeasuredRole.ERRORS
    assert measured.role_basis in CERTAIN


@pytest.mark.parametrize(
    "answer",
    [
        prometheus(
            'sum by (destination_workload) (rate(istio_requests_total{response_code=~"5.*"}[1m]))',
            {"destination_workload": "cart"},
        ),
        grafana(
            {"expr": 'rate(response_total{classification="failure"}[$__rate_interval])'},
            "grafana-amazonprometheus-datasource",
        ),
        datadog(
            "sum:istio.mesh.request.count{response_code:5*} by {destination_app}.as_count()",
            "istio.mesh.request.count",
            ["request", None],
        ),
        loki('sum by (app) (count_over_time({job="envoy"} | json | response_code=~"5.." [1m]))'),
    ],
    ids=["prometheus", "grafana", "datadog", "loki"],
)
def test_e1_3_failures_of_meshes_are_errors_in_the_answers_of_every_product(answer: Answer) -> None:
    assert meaning(answer).role is MeasuredRole.ERRORS


@pytest.mark.parametrize(
    ("answer", "statistic", "unit"),
    [
        (
            prometheus(
                "histogram_quantile(.99, sum by (le) (rate(http_server_requests_seconds_bucket[1m])))"
            ),
            "p99",
            "seconds",
        ),
        (
            grafana(
                {"rawSql": "SELECT t, v FROM waits"},
                "grafana-postgresql-datasource",
                legend="p95 response time",
                unit="ms",
            ),
            "p95",
            "milliseconds",
        ),
        (
            datadog(
                "p99:trace.http.request{service:shop}",
                "trace.http.request",
                ["second", None],
            ),
            "p99",
            "seconds",
        ),
        (
            kibana(
                {"percentiles": {"field": "transaction.duration.us", "percents": [99]}},
                [{"match_phrase": {"service.name": "shop"}}],
            ),
            "p99",
            "microseconds",
        ),
        (
            grafana(
                {"metrics": [{"id": "1", "type": "avg", "field": "transaction.duration.us"}], "query": "*"},
                "elasticsearch",
            ),
            "mean",
            "microseconds",
        ),
    ],
    ids=["prometheus", "grafana-sql", "datadog", "kibana", "grafana-elasticsearch"],
)
def test_e1_4_latencies_are_latencies_in_the_answers_of_every_product(
    answer: Answer, statistic: str, unit: str
) -> None:
    measured = meaning(answer)
    assert (measured.role, measured.statistic, measured.unit) == (MeasuredRole.LATENCY, statistic, unit)


@pytest.mark.parametrize(
    "answer",
    [
        prometheus("avg(widget_state)"),
        grafana({"rawSql": "SELECT t, v FROM m"}, "mysql", title="Overview", unit="short"),
        datadog("avg:shop.widgets{*}", "shop.widgets", [None, None]),
        kibana({"avg": {"field": "basket.value"}}, []),
    ],
    ids=["prometheus", "grafana", "datadog", "kibana"],
)
def test_e1_7_what_no_product_says_is_unknown(answer: Answer) -> None:
    measured = meaning(answer)
    assert (measured.role, measured.role_basis) == (MeasuredRole.UNKNOWN, MeaningBasis.UNKNOWN)


def test_a_unit_that_no_product_states_is_empty() -> None:
    """The decoders state no unit of their own: the meaning gives it, and series of rca have it."""
    line = prometheus("histogram_quantile(.9, rate(http_server_requests_seconds_bucket[1m]))")()
    assert line.unit == ""
    assert series_of(line).unit == "seconds"
    assert grafana({"expr": "x"}, "prometheus", unit="reqps")().unit == "reqps"


def test_grafana_gives_legend_title_and_the_units_of_overrides() -> None:
    """A legend by its format or the data source, and a unit by the series' name or its query's refId."""
    target = {"refId": "A", "expr": "up", "legendFormat": "{{service}} is up"}
    override = {
        "matcher": {"id": "byName", "options": "web is up"},
        "properties": [{"id": "unit", "value": "percentunit"}],
    }
    by_query = {
        "matcher": {"id": "byFrameRefID", "options": "A"},
        "properties": [{"id": "unit", "value": "s"}],
    }
    panel = {"id": 1, "title": "Health", "targets": [target]}
    line = prometheus("up", {"__name__": "up", "service": "web"})()
    for overrides, unit in (([override], "percentunit"), ([by_query], "s"), ([], "bool")):
        config = {"defaults": {"unit": "bool"}, "overrides": overrides}
        (model,) = panels_of({"panels": [panel | {"fieldConfig": config}]})
        described = with_panel(line, model)
        assert (described.title, described.legend, described.unit) == ("Health", "web is up", unit)


def test_several_queries_of_one_panel_keep_their_own_expressions() -> None:
    """Each frame has the expression of its refId, and Datadog's series that of its index."""
    fields = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]
    data = {"values": [[NOON_MS], [1]]}
    results = {
        ref: {"frames": [{"schema": {"refId": ref, "fields": fields}, "data": data}]} for ref in ("A", "B")
    }
    queries = {ref: grafana_query({"expr": f"rate(x_{ref}_total[1m])"}) for ref in ("A", "B")}
    asked = PanelQuery.model_construct(panel="p", query="both")
    body = json.dumps({"results": results}).encode()
    lines = read_frames(body, asked, "service", Origin.PAGE_RESPONSE, queries).series
    assert [(line.query, line.metric) for line in lines] == [
        ("rate(x_A_total[1m])", "x_A_total"),
        ("rate(x_B_total[1m])", "x_B_total"),
    ]
    rows = [
        {"metric": "m", "query_index": index, "display_name": name, "pointlist": [[NOON_MS, 1]]}
        for index, name in ((0, "m"), (1, "m of web"))
    ]
    two = PanelQuery(panel="p", query="avg:m{a:1,b:2}, top(sum:m{*} by {a}, 5, 'mean', 'desc')")
    lines = read_metrics(json.dumps({"series": rows}).encode(), two, "service", Origin.API).series
    assert [(line.query, line.legend) for line in lines] == [
        ("avg:m{a:1,b:2}", ""),
        ("top(sum:m{*} by {a}, 5, 'mean', 'desc')", "m of web"),
    ]


def test_kibanas_groups_are_labels_and_name_the_service() -> None:
    """The field that a panel is split by becomes a label; the request's field becomes the metric."""
    line = kibana({"avg": {"field": "transaction.duration.us"}}, [{"match": {"event.outcome": "failure"}}])()
    assert (line.service, line.metric) == ("shop", "transaction.duration.us")
    assert line.labels["service.name"] == "shop"
    assert line.query == "average(transaction.duration.us, kql='event.outcome: \"failure\"')"
    assert line.points == ((NOON_MS / 1000, 5.0),)
