"""What an engine relies on: the statistic, the window, running totals, and whether a fall is bad."""

import pytest

from semantics.engine import meaning_of
from semantics.meaning import SeriesDescription
from semantics.rates import meaning_of_rate

HOUR, DAY = 3600.0, 86400.0
TABLE: list[tuple[str, str, float | None, bool, bool]] = [
    # expression, statistic, range_seconds, cumulative, falling_is_bad
    ("http_requests_total", "count", None, True, False),
    ("sum(http_requests_total)", "count", None, True, False),
    ("rate(http_requests_total[5m])", "rate", 300, False, False),
    ("sum by (job) (rate(http_requests_total[30s]))", "rate", 30, False, False),
    ("increase(http_requests_total[1h])", "count", HOUR, False, False),
    ("irate(http_requests_total[2m])", "rate", 120, False, False),
    ("rate(http_requests_total[$__rate_interval])", "rate", None, False, False),
    ("http_requests_total - http_requests_total offset 10m", "count", 600, False, False),
    ("sum(http_requests_total) - sum(http_requests_total offset 1d)", "count", DAY, False, False),
    ("(http_requests_total - http_requests_total offset 5m) / 300", "rate", 300, False, False),
    ("delta(http_requests_total[10m])", "rate", 600, False, False),
    ("max_over_time(rate(http_requests_total[1m])[1h:5m])", "rate", HOUR, False, False),
    ('rate(http_requests_total{code!~"5.."}[1m]) / rate(http_requests_total[1m])', "rate", 60, False, True),
    (
        '1 - rate(http_requests_total{code=~"5.."}[9m]) / rate(http_requests_total[9m])',
        "rate",
        540,
        False,
        True,
    ),
    ('rate(http_requests_total{code=~"5.."}[9m]) / rate(http_requests_total[9m])', "rate", 540, False, False),
    ("http_request_duration_seconds_count", "count", None, True, False),
    ("http_request_duration_seconds_sum", "sum", None, True, False),
    ("sum by (job) (http_request_duration_seconds_sum)", "sum", None, True, False),
    ("http_request_duration_seconds_bucket", "count", None, True, False),
    ("sum by (le) (http_request_duration_seconds_bucket)", "count", None, True, False),
    ('acme_batch_bucket{le="5"}', "count", None, True, False),
    ("acme_batch_duration_ms_sum", "sum", None, True, False),
    ("acme_order_size_bytes_sum", "sum", None, True, False),
    ("acme_order_size_bytes_count", "count", None, True, False),
    ("histogram_count(http_request_duration_seconds)", "count", None, True, False),
    ("histogram_count(rate(http_request_duration_seconds[5m]))", "rate", 300, False, False),
    ("http_request_duration_seconds_sum / http_request_duration_seconds_count", "mean", None, False, False),
    ('http_request_duration_seconds_sum{quantile="0.5"}', "p50", None, False, False),
    ("rate(http_request_duration_seconds_bucket[5m])", "rate", 300, False, False),
    ("increase(http_request_duration_seconds_sum[$__rate_interval])", "sum", None, False, False),
    ("increase(http_requests_total[$__rate_interval])", "count", None, False, False),
    ("aws_applicationelb_request_count_sum", "sum", None, False, False),
    ("acme_orders_sum", "", None, False, False),
    ("histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[2m]))", "p95", 120, False, False),
    ("histogram_quantile(0.999, rate(http_request_duration_seconds_bucket[2m]))", "p999", 120, False, False),
    (
        "rate(http_request_duration_seconds_sum[5m]) / rate(http_request_duration_seconds_count[5m])",
        *("mean", 300, False, False),
    ),
    ('go_gc_duration_seconds{quantile="0.5"}', "p50", None, False, False),
    ('max(http_server_requests_seconds{quantile="0.99"})', "p99", None, False, False),
    ("up", "last", None, False, True),
    ("avg(up)", "mean", None, False, True),
    ("sum(up)", "sum", None, False, True),
    ("min_over_time(up[5m])", "min", 300, False, True),
    ("absent(up)", "last", None, False, False),
    ("count(up == 0)", "count", None, False, False),
    ("count(up == 1)", "count", None, False, True),
    ("probe_success", "last", None, False, True),
    ("avg_over_time(probe_success[1d])", "mean", DAY, False, True),
    ('kube_node_status_condition{condition="Ready",status="true"}', "last", None, False, True),
    ('kube_node_status_condition{condition="DiskPressure",status="true"}', "last", None, False, False),
    ('kube_node_status_condition{condition="DiskPressure",status="false"}', "last", None, False, True),
    ("node_memory_MemAvailable_bytes", "last", None, False, True),
    ("node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "last", None, False, True),
    ("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "last", None, False, False),
    ("node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes", "last", None, False, False),
    ("avg(rate(node_cpu_seconds_total{mode='idle'}[1m]))", "rate", 60, False, True),
    ("100 - 100 * avg(rate(node_cpu_seconds_total{mode='idle'}[1m]))", "rate", 60, False, False),
    ("-100 * avg(rate(node_cpu_seconds_total{mode='idle'}[1m])) + 100", "rate", 60, False, False),
    ("node_filesystem_avail_bytes / node_filesystem_size_bytes * 100", "last", None, False, True),
    ("predict_linear(node_filesystem_free_bytes[6h], 86400)", "last", 6 * HOUR, False, True),
    ("container_cpu_usage_seconds_total", "count", None, True, False),
    ("process_resident_memory_bytes", "last", None, False, False),
    ("max by (pod) (container_memory_rss)", "max", None, False, False),
    ("quantile(0.9, container_memory_rss)", "p90", None, False, False),
    ("avg_over_time(node_load1[15m])", "mean", 900, False, False),
    ("quantile_over_time(0.5, node_load1[15m])", "p50", 900, False, False),
    ("erlang_vm_memory_bytes_total", "last", None, False, False),
    ("increase(kube_pod_container_status_restarts_total[15m])", "count", 900, False, False),
    ("changes(process_start_time_seconds[1h])", "count", HOUR, False, False),
    ("job:http_requests:rate5m", "rate", 300, False, False),
    ("slo:sli_error:ratio_rate1h", "last", HOUR, False, False),
    ("apiserver_request:availability30d", "last", 30 * DAY, False, True),
    ('sum(count_over_time({app="web"}[10m]))', "count", 600, False, False),
    ('quantile_over_time(0.99, {app="web"} | json | unwrap duration_ms [5m])', "p99", 300, False, False),
    ("sum:trace.web.request.hits{*}.as_rate()", "rate", None, False, False),
    ("avg:system.disk.free{*}", "mean", None, False, True),
    ('SELECT mean("used_percent") FROM "mem" WHERE $timeFilter', "mean", None, False, False),
    ('SELECT max("usage_idle") FROM "cpu"', "max", None, False, True),
    ('SELECT mean("usage_idle") * -1 + 100 FROM "cpu" GROUP BY time(1m)', "mean", None, False, False),
    ('SELECT non_negative_derivative(last("bytes_recv"), 1s) FROM "net"', "rate", None, False, False),
    ('SELECT MIN(FreeableMemory) FROM "AWS/RDS"', "min", None, False, True),
]


@pytest.mark.parametrize(("expression", "expected"), [(row[0], row[1:]) for row in TABLE])
def test_statistic_window_running_total_and_direction(
    expression: str, expected: tuple[str, float | None, bool, bool]
) -> None:
    meaning = meaning_of(SeriesDescription(expression=expression))
    answer = (meaning.statistic, meaning.range_seconds, meaning.cumulative, meaning.falling_is_bad)
    assert answer == expected


@pytest.mark.parametrize(
    ("metric", "role", "unit"),
    [
        ("http_request_duration_seconds_sum", "other", "seconds/s"),
        ("http_request_duration_seconds_count", "traffic", "requests/s"),
        ("http_request_duration_seconds_bucket", "other", "count/s"),
        ("acme_wait_latency_sum", "other", ""),
        ("acme_order_size_bytes_bucket", "other", "count/s"),
        ("container_cpu_usage_seconds_total", "usage", "cores"),
    ],
)
def test_the_rate_of_a_running_total_is_what_its_expression_would_be(
    metric: str, role: str, unit: str
) -> None:
    """Seconds that were added up are no latency, for the engine as for a query."""
    rate = meaning_of_rate(meaning_of(SeriesDescription(metric=metric)))
    of_expression = meaning_of(SeriesDescription(expression=f"rate({metric}[1m])"))
    for meaning in (rate, of_expression):
        assert (meaning.role.value, meaning.unit, meaning.statistic) == (role, unit, "rate")
        assert not meaning.cumulative


@pytest.mark.parametrize(
    ("metric", "labels", "expected"),
    [
        ("RequestCount", {"Namespace": "AWS/ApplicationELB"}, ("traffic", "sum")),
        ("Errors", {"Namespace": "AWS/Lambda"}, ("errors", "sum")),
        ("Latency", {"Namespace": "AWS/ELB", "Statistic": "p99"}, ("latency", "p99")),
        ("CPUUtilization", {"Namespace": "AWS/EC2", "stat": "Maximum"}, ("saturation", "max")),
        ("nginx.net.request_per_s", {}, ("traffic", "rate")),
        ("Errors", {"Namespace": "MyOwn"}, ("errors", "")),
    ],
)
def test_the_statistic_of_metrics_without_an_expression(
    metric: str, labels: dict[str, str], expected: tuple[str, str]
) -> None:
    meaning = meaning_of(SeriesDescription(metric=metric, labels=labels))
    assert (meaning.role.value, meaning.statistic) == expected
