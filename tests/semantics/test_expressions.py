"""What functions, arithmetic and aggregations do to what a metric measures."""

import pytest

from missions.measurement import MeasuredRole
from semantics.engine import meaning_of
from semantics.meaning import MeaningBasis, SeriesDescription

RATE = "rate(http_requests_total[5m])"
FAILED = 'rate(http_requests_total{code=~"5.."}[5m])'
GOOD = 'rate(http_requests_total{code!~"5.."}[5m])'


def answer(expression: str) -> tuple[str, str, str]:
    meaning = meaning_of(SeriesDescription(expression=expression))
    return meaning.role.value, meaning.unit, meaning.statistic


@pytest.mark.parametrize(
    ("expression", "role", "unit"),
    [
        (f"sum({FAILED}) / sum({RATE})", "error_ratio", "ratio"),
        (f"100 * sum({FAILED}) / sum({RATE})", "error_ratio", "percent"),
        (f"sum({FAILED}) / sum({RATE}) * 100", "error_ratio", "percent"),
        (f"1 - sum({FAILED}) / sum({RATE})", "success_ratio", "ratio"),
        (f"100 - 100 * sum({FAILED}) / sum({RATE})", "success_ratio", "percent"),
        (f"sum({GOOD}) / sum({RATE})", "success_ratio", "ratio"),
        (f"1 - sum({GOOD}) / sum({RATE})", "error_ratio", "ratio"),
        (f"(sum({RATE}) - sum({GOOD})) / sum({RATE})", "error_ratio", "ratio"),
        (f"sum({FAILED}) / (sum({FAILED}) + sum({GOOD}))", "error_ratio", "ratio"),
        (f"sum({FAILED} or vector(0)) / sum({RATE})", "error_ratio", "ratio"),
        (f"sum({RATE}) / sum(rate(http_requests_total[5m] offset 1w))", "other", "ratio"),
        (f"sum({RATE}) - sum(rate(http_requests_total[5m] offset 1w))", "other", "requests/s"),
        ("pg_stat_activity_count / pg_settings_max_connections", "saturation", "ratio"),
        ("sum(jvm_memory_used_bytes) * 100 / sum(jvm_memory_max_bytes)", "saturation", "percent"),
        ("100 - (node_filesystem_avail_bytes * 100 / node_filesystem_size_bytes)", "saturation", "percent"),
        ("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "saturation", "ratio"),
        ("100 * (1 - avg(rate(node_cpu_seconds_total{mode='idle'}[1m])))", "saturation", "percent"),
        ("node_load1 / count(node_cpu_seconds_total{mode='idle'})", "saturation", "ratio"),
        ("time() - process_start_time_seconds", "other", "seconds"),
        ("(probe_ssl_earliest_cert_expiry - time()) / 86400", "other", "days"),
        ("sum(up) / count(up)", "up", "ratio"),
        ("kafka_topic_partition_current_offset - kafka_consumergroup_current_offset", "queue", "messages"),
        ("foo / bar", "unknown", ""),
    ],
)
def test_arithmetic(expression: str, role: str, unit: str) -> None:
    assert answer(expression)[:2] == (role, unit)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"sum({RATE})", ("traffic", "requests/s", "rate")),
        ("sum(increase(http_requests_total[1h]))", ("traffic", "requests", "count")),
        (f"topk(5, sum by (path) ({RATE}))", ("traffic", "requests/s", "rate")),
        (f"sum({RATE}) > 100", ("traffic", "requests/s", "rate")),
        (f"sum({RATE}) > bool 100", ("other", "", "last")),
        (f'label_replace({RATE}, "a", "$1", "b", "(.*)")', ("traffic", "requests/s", "rate")),
        (f"clamp_max(sum({FAILED}), 10)", ("errors", "errors/s", "rate")),
        ("avg_over_time(node_load1[1h])", ("usage", "count", "mean")),
        ("quantile_over_time(0.9, node_load1[1h])", ("usage", "count", "p90")),
        ("avg_over_time(probe_success[1d])", ("up", "ratio", "mean")),
        ("predict_linear(node_filesystem_free_bytes[1h], 3600)", ("usage", "bytes", "last")),
        ("deriv(process_resident_memory_bytes[10m])", ("usage", "bytes/s", "rate")),
        ("rate(process_cpu_seconds_total[1m])", ("usage", "cores", "rate")),
        ("rate(node_disk_io_time_seconds_total[1m])", ("saturation", "ratio", "rate")),
        ("changes(process_start_time_seconds[1h])", ("restarts", "count", "count")),
        ("resets(http_requests_total[1h])", ("restarts", "count", "count")),
        ("absent(up)", ("up", "", "last")),
        ("timestamp(up)", ("other", "seconds", "last")),
        ("count(up == 0)", ("up", "count", "count")),
        ("hour()", ("other", "", "last")),
        ("max(node_load1)", ("usage", "count", "max")),
        ("quantile(0.95, node_load1)", ("usage", "count", "p95")),
        ("histogram_quantile(0.9, rate(http_request_duration_seconds[5m]))", ("latency", "seconds", "p90")),
        (
            "histogram_fraction(0, 0.2, rate(http_request_duration_seconds[1h]))",
            ("success_ratio", "ratio", "rate"),
        ),
        ("histogram_count(rate(http_request_duration_seconds[1m]))", ("traffic", "requests/s", "rate")),
        (
            "histogram_quantile($q, rate(http_request_duration_seconds_bucket[1m]))",
            ("latency", "seconds", ""),
        ),
        ("sum by (le) (increase(http_request_duration_seconds_bucket[1m]))", ("other", "count", "count")),
        ('kube_pod_status_ready{condition="false"}', ("up", "", "last")),
        ("rate(http_request_duration_seconds_sum[1m])", ("other", "seconds/s", "rate")),
    ],
)
def test_functions(expression: str, expected: tuple[str, str, str]) -> None:
    assert answer(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("job:http_requests:rate5m", ("traffic", "requests/s", "rate")),
        ("job:request_latency_seconds:mean5m", ("latency", "seconds", "mean")),
        ("path:request_failures_per_requests:ratio_rate5m", ("error_ratio", "ratio", "")),
        (
            "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate",
            ("usage", "cores", "rate"),
        ),
        (
            'cluster_quantile:apiserver_request_duration_seconds:histogram_quantile{quantile="0.99"}',
            ("latency", "seconds", "p99"),
        ),
    ],
)
def test_recording_rules(expression: str, expected: tuple[str, str, str]) -> None:
    assert answer(expression) == expected


def test_a_failed_part_of_unknown_requests_is_known_by_the_names_only() -> None:
    meaning = meaning_of(
        SeriesDescription(expression="rate(foo_errors_total[5m]) / rate(foo_requests_total[5m])")
    )
    assert (meaning.role, meaning.role_basis) == (MeasuredRole.ERROR_RATIO, MeaningBasis.NAME)


@pytest.mark.parametrize("level", ["success", "failed", "slow", "rejected", "cached"])
def test_words_before_a_conventional_name_can_change_it(level: str) -> None:
    meaning = meaning_of(SeriesDescription(expression=f"rate(shop_{level}_http_requests_total[1m])"))
    assert meaning.role_basis is not MeaningBasis.CATALOG
