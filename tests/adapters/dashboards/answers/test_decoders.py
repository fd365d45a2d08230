import hashlib
import json
import math
from datetime import UTC, datetime

import pytest

from adapters.dashboards.answers.by_path import decoder_for, query_of
from adapters.dashboards.answers.elasticsearch import read_searches
from adapters.dashboards.answers.grafana_annotations import read_annotations
from adapters.dashboards.answers.loki import read_streams
from adapters.dashboards.answers.prometheus import read_matrix
from adapters.dashboards.answers.series_ids import with_unique_ids
from adapters.dashboards.answers.topology import read_topology
from missions.evidence import Dependency, Origin
from missions.plan import PanelQuery

QUERY = 'latency_p95_seconds{service="checkout"}'


def asked(panel: str, query: str) -> PanelQuery:
    return PanelQuery.model_construct(panel=panel, query=query)


def matrix(*rows: tuple[dict[str, str], list[list[object]]]) -> bytes:
    result = [{"metric": metric, "values": values} for metric, values in rows]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def test_prometheus_values_are_exact_and_null_is_a_gap() -> None:
    """Strings become exact floats, NaN and infinities stay, and null becomes None and never zero."""
    values: list[list[object]] = [
        [1700000000.781, "0.1"], [2, "NaN"], [3, "+Inf"], [4, "-Inf"], [5, None], [6, "1e-320"], [7, 3],
    ]  # fmt: skip
    decoded = read_matrix(
        matrix(({"__name__": "latency_p95_seconds", "service": "checkout"}, values)),
        asked("p", QUERY),
        "service",
    )
    (line,) = decoded.series
    assert str(list(line.points)) == str([
        (1700000000.781, 0.1), (2.0, math.nan), (3.0, math.inf), (4.0, -math.inf), (5.0, None),
        (6.0, 1e-320), (7.0, 3.0),
    ])  # fmt: skip
    assert (line.id, line.service, line.metric, line.unit) == (
        "p#checkout", "checkout", "latency_p95_seconds", "",
    )  # fmt: skip
    assert (line.query, line.origin, line.labels) == (QUERY, Origin.PAGE_RESPONSE, {"service": "checkout"})
    assert decoded.samples == 5, "NaN and gaps are counted as samples"


def test_prometheus_also_reads_bare_nan_and_the_metric_of_a_query() -> None:
    """Bare NaN is read; without __name__ the metric is the only one that the expression selects."""
    body = b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,NaN]]}]}}'
    assert str(read_matrix(body, asked("p", QUERY), "service").series[0].points) == "((1.0, nan),)"
    assert read_matrix(body, asked("p", QUERY), "service").series[0].metric == "latency_p95_seconds"
    for query, metric in (
        ("sum by (job) (rate(x_bytes_total[1m]))", "x_bytes_total"),
        ("rate(x_errors_total[1m]) / rate(x_total[1m])", ""),
        ("vector(1)", ""),
        ("rate(", ""),
    ):
        line = read_matrix(body, asked("p", query), "service").series[0]
        assert (line.metric, line.query, line.product) == (metric, query, "prometheus")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"status":"error","errorType":"bad_data","error":"parse"}',
        b'{"status":"success","data":{"resultType":"vector","result":[]}}',
        matrix(({}, [[1, "abc"]])),
        matrix(({}, [[1, True]])),
        matrix(({}, [["NaN", "1"]])),
        b"[" * 100_000,
    ],
)
def test_prometheus_refuses_any_other_shape(body: bytes) -> None:
    """A body of another shape raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        read_matrix(body, asked("p", QUERY), "service")


def test_series_ids_are_distinct_and_stay_the_same() -> None:
    """An id is `panel#service`, with metric or labels where that is not unique, and never a position."""
    p95, p50 = 'a_p95_seconds{service="x"}', 'a_p50_seconds{service="x"}'
    first = read_matrix(
        matrix(({"__name__": "a_p95_seconds", "service": "x"}, [])), asked("p", p95), "service"
    ).series
    second = read_matrix(
        matrix(({"__name__": "a_p50_seconds", "service": "x"}, [])), asked("p", p50), "service"
    ).series
    twins = read_matrix(
        matrix(({"service": "x", "pod": "1"}, []), ({"service": "x", "pod": "2"}, [])),
        asked("q", "m"),
        "service",
    ).series

    def ids(*lines: object, queries: list[tuple[str, str]]) -> list[str]:
        return [line.id for line in with_unique_ids(lines, queries)]  # type: ignore[arg-type]  # stand-ins of the same shape

    assert ids(*first, queries=[("p", p95)]) == ["p#x"]
    both = [("p", p95), ("p", p50)]
    assert ids(*first, *second, queries=both) == ["p#x/a_p50_seconds", "p#x/a_p95_seconds"]
    assert ids(*first, queries=both) == ["p#x/a_p95_seconds"], "the id depends on another series"
    assert ids(*twins, queries=[("q", "m")]) == ["q#x{pod=1,service=x}", "q#x{pod=2,service=x}"]
    assert ids(*reversed(twins), queries=[("q", "m")]) == ["q#x{pod=1,service=x}", "q#x{pod=2,service=x}"]


def test_loki_lines_keep_their_time_and_all_fields() -> None:
    """The time is Loki's, JSON fields are kept as text, and a plain line is the message."""
    line = {"timestamp": "x", "service": "web", "level": "ERROR", "message": "boom", "ms": 3, "who": {"a": 1}}
    text = json.dumps(line)
    values = [
        ["1700000000123456789", text],
        ["1700000000000000000", "plain"],
        ["1700000000000000000", "plain"],
    ]
    streams = [{"stream": {"service": "payments", "level": "warn"}, "values": values}]
    body = json.dumps({"status": "success", "data": {"resultType": "streams", "result": streams}}).encode()
    plain, rich = read_streams(body, asked("logs", "{}"), "service").logs
    assert (plain.message, plain.service, plain.level) == ("plain", "payments", "warn")
    assert rich.at == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)
    assert (rich.message, rich.service, rich.level) == ("boom", "web", "error")
    assert rich.fields == {"ms": "3", "who": '{"a": 1}'}
    assert rich.id == "log-" + hashlib.sha256(f"1700000000123456789{text}".encode()).hexdigest()[:10]


def test_loki_may_answer_with_numbers() -> None:
    """The matrix of a metric query is read as Prometheus' is; a plain-text error is refused."""
    assert (
        read_streams(matrix(({"service": "x"}, [[1, "2"]])), asked("p", "rate({}[1m])"), "service").samples
        == 1
    )
    with pytest.raises(ValueError, match="JSON"):
        read_streams(b"parse error at line 1", asked("p", "{"), "service")


def test_annotations_are_changes() -> None:
    """Annotations become deployments with revisions, actions or plain annotations, the oldest first."""
    data = {"service": "payments", "version": "v2", "revision": 2, "previousRevision": 1, "actor": "ci"}
    notes = [
        {"id": 8, "time": 1700000001500, "text": "restarted", "tags": ["action", "web"]},
        {"id": 7, "time": 1700000000000.5, "text": "v2", "tags": ["deployment", "payments"], "data": data},
        {"id": "n", "time": 1700000002000, "text": "note", "tags": []},
    ]
    deployed, acted, noted = read_annotations(json.dumps(notes).encode(), asked("p", ""), "service").changes
    assert (deployed.id, deployed.kind, deployed.service) == ("change-7", "deployment", "payments")
    assert (deployed.version, deployed.revision, deployed.previous_revision) == ("v2", 2, 1)
    assert deployed.at == datetime(2023, 11, 14, 22, 13, 20, 500, tzinfo=UTC)
    assert (acted.id, acted.kind, acted.service, acted.description) == (
        "change-8",
        "action",
        "web",
        "restarted",
    )
    assert (noted.kind, noted.service) == ("annotation", "")


def test_topology_is_edges() -> None:
    """Each pair of caller and callee is read once."""
    edges = [{"from": "web", "to": "checkout"}, {"from": "web", "to": "checkout"}]
    body = json.dumps({"services": ["web"], "dependencies": edges}).encode()
    assert read_topology(body, asked("p", ""), "service").dependencies == (
        Dependency(caller="web", callee="checkout"),
    )


def test_only_known_paths_are_read() -> None:
    """The decoder follows from the end of the path, and the query from the URL or the form."""
    assert decoder_for("http://h/loki/api/v1/query_range?query=x") is read_streams
    assert decoder_for("http://h/base/api/v1/query_range") is read_matrix
    assert decoder_for("http://h/main.js?x=/api/topology") is None
    assert query_of("http://h/q?query=a%7B%7D", "") == "a{}"
    assert query_of("http://h/q", "query=b&start=1") == "b"


def test_groups_by_a_long_number_are_no_times() -> None:
    """The request says what is grouped: each customer has a series of its own, at the time of its samples."""
    times = {"buckets": [{"key": 1772366400000, "doc_count": 3}]}
    response = {
        "hits": {"hits": []},
        "aggregations": {"by": {"buckets": [{"key": 202403010001, "doc_count": 3, "over": times}]}},
    }
    search = {"aggs": {"by": {"terms": {"field": "customer"}, "aggs": {"over": {"date_histogram": {}}}}}}
    body, request = json.dumps(response).encode(), json.dumps(search)
    (line,) = read_searches(body, asked("p", "q"), "s", "t", request).series
    assert (line.labels["customer"], line.points) == ("202403010001", ((1772366400.0, 3.0),))


def test_numbers_that_are_none_stay_what_they_are() -> None:
    """The smallest number in a search's bucket is kept exactly."""
    response = {
        "hits": {"hits": []},
        "aggregations": {"a": {"buckets": [{"key": 1772366400000, "b": {"value": 1e-320}}]}},
    }
    (line,) = read_searches(json.dumps(response).encode(), asked("p", "q"), "s", "t").series
    assert line.points == ((1772366400.0, 1e-320),)
    assert not math.isnan(line.points[0][1] or 0)
