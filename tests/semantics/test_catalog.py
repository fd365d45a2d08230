"""The catalog is complete and consistent, and finds names in every spelling."""

from collections import Counter

import pytest

from missions.measurement import MeasuredRole
from semantics.catalog import canonical, catalog_metrics, exporter_sources, lookup

NOTES = {
    *("falling", "good", "mean", "max", "sum", "count", "share", "reclaimable", "prefix", "resource"),
    *("outcome", "info", "offset", "load"),
}


def test_there_are_at_least_40_exporters_each_with_sources() -> None:
    exporters = exporter_sources()
    assert len(exporters) >= 40
    assert all(exporter.sources for exporter in exporters)
    assert len({exporter.exporter for exporter in exporters}) == len(exporters)


def test_no_exporter_has_a_metric_twice_and_every_metric_is_found() -> None:
    names = Counter((metric.exporter, metric.name.lower()) for metric in catalog_metrics())
    assert [name for name, count in names.items() if count > 1] == []
    missing = [each.name for each in catalog_metrics() if "*" not in each.name and lookup(each.name) is None]
    assert [
        name for name in missing if not any(letter.isupper() or letter.isdigit() for letter in name)
    ] == []


def test_notes_are_known_and_each_metric_says_what_it_measures() -> None:
    assert {note for metric in catalog_metrics() for note in metric.notes} <= NOTES
    assert [metric.name for metric in catalog_metrics() if not metric.measures] == []


def test_no_metric_of_the_catalog_is_unknown() -> None:
    assert [metric.name for metric in catalog_metrics() if metric.role is MeasuredRole.UNKNOWN] == []


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
        ("AWS/Lambda Errors Sum", "Errors", "sum"),
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
