"""The catalog is complete and consistent, and finds names in every spelling."""

from collections import Counter

import pytest

from missions.measurement import MeasuredRole
from semantics.catalog import canonical, lookup
from semantics.catalog_rows import exporters
from semantics.meaning import CallSide, Resource
from semantics.units import normalized_unit

METRICS = [metric for exporter in exporters() for metric in exporter.metrics]
NOTES = {
    *("falling", "good", "mean", "max", "sum", "count", "share", "reclaimable", "prefix", "amount", "callee"),
    *("outcome", "info", "offset", "load", "state", "condition", "pause"),
}
ABOUT_A_RESOURCE = {MeasuredRole.SATURATION, MeasuredRole.QUEUE}


def test_there_are_at_least_40_exporters_each_with_sources() -> None:
    assert len(exporters()) >= 40
    assert all(exporter.sources for exporter in exporters())
    assert len({exporter.name for exporter in exporters()}) == len(exporters())


def test_no_exporter_has_a_metric_twice_and_every_metric_is_found() -> None:
    names = Counter((metric.exporter, metric.name.lower()) for metric in METRICS)
    assert [name for name, count in names.items() if count > 1] == []
    missing = [
        metric.name
        for exporter in exporters()
        for metric in exporter.metrics
        if "*" not in metric.name
        and lookup(metric.name, f"AWS/{exporter.namespaces[0]}" if exporter.namespaces else "") is None
    ]
    assert missing == []


def test_patterns_begin_with_a_word_so_that_few_are_tried() -> None:
    patterns = [metric.name for metric in METRICS if "*" in metric.name]
    assert [name for name in patterns if "*" in name.replace(".", "_").partition("_")[0]] == []


def test_notes_are_known_and_each_metric_says_what_it_measures() -> None:
    assert {note for metric in METRICS for note in metric.notes} <= NOTES
    assert [metric.name for metric in METRICS if not metric.measures] == []


def test_no_metric_of_the_catalog_is_unknown() -> None:
    assert [metric.name for metric in METRICS if metric.role is MeasuredRole.UNKNOWN] == []


def test_units_are_spelled_as_everywhere() -> None:
    counted = {"messages", "queries", "operations", "packets", "events", "transactions", "rows"}
    units = {metric.unit.removesuffix("/s") for metric in METRICS if metric.unit} - counted
    assert {unit for unit in units if normalized_unit(unit) not in {unit, "count"}} == set()


def test_a_share_of_a_limit_and_a_queue_are_about_a_resource() -> None:
    missing = [
        metric.name
        for metric in METRICS
        if metric.role in ABOUT_A_RESOURCE and metric.resource is Resource.NONE
    ]
    assert missing == PODS_WITHOUT_A_NODE


PODS_WITHOUT_A_NODE = ["scheduler_pending_pods", "cluster_autoscaler_unschedulable_pods_count"]
"""They wait for any of several resources."""


def test_what_is_measured_at_an_end_of_a_call_is_an_answer() -> None:
    answers = {
        *(MeasuredRole.TRAFFIC, MeasuredRole.ERRORS, MeasuredRole.LATENCY),
        *(MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO, MeasuredRole.OTHER),
    }
    sided = [metric for metric in METRICS if metric.side is not CallSide.UNKNOWN]
    assert [metric.name for metric in sided if metric.role not in answers] == []
    assert len({metric.name for metric in sided if metric.side is CallSide.CLIENT}) > 100


@pytest.mark.parametrize(
    ("name", "metric", "part"),
    [
        ("http_server_request_duration_seconds_bucket", "http.server.request.duration", "bucket"),
        ("http.server.request.duration", "http.server.request.duration", ""),
        ("http_server_duration_milliseconds_count", "http.server.duration", "count"),
        ("system_network_io_bytes_total", "system.network.io", ""),
        ("process_cpu_seconds", "process_cpu_seconds_total", ""),
        ("shop_http_requests_total", "http_requests_total", ""),
        ("shop_http_request_duration_seconds_sum", "http_request_duration_seconds", "sum"),
        ("haproxy_backend_http_responses_total", "haproxy_*_http_responses_total", ""),
        ("aws_applicationelb_httpcode_target_5_xx_count_sum", "HTTPCode_Target_5XX_Count", "sum"),
        ("aws_applicationelb_target_response_time_p99", "TargetResponseTime", "p99"),
        ("AWS/Lambda DeadLetterErrors Sum", "DeadLetterErrors", "sum"),
        ("CPUUtilization", "CPUUtilization", ""),
        ("node_memory_MemTotal_bytes", "node_memory_memtotal_bytes", ""),
        ("http_server_requests_seconds_max", "http.server.requests", "max"),
    ],
)
def test_a_name_in_the_spelling_of_each_exporter(name: str, metric: str, part: str) -> None:
    match = lookup(name)
    assert match is not None
    assert (match.metric.name, match.part) == (metric, part)


@pytest.mark.parametrize(
    "name",
    [
        "errors",
        "latency",
        "duration",
        "count",
        "shop_failed_http_requests_total",
        "cpuutilization_of_mine",
        "",
    ],
)
def test_general_words_are_no_metrics(name: str) -> None:
    assert lookup(name) is None


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("HTTPCode_Target_5XX_Count", "http_code_target_5xx_count"),
        ("ReadIOPS", "read_iops"),
        ("cartSvc.p95Ms", "cart_svc_p95_ms"),
        ("system.cpu.user", "system_cpu_user"),
    ],
)
def test_the_canonical_spelling(name: str, spelling: str) -> None:
    assert canonical(name) == spelling
