"""Units in one spelling, and the careful reading of names."""

import pytest

from missions.measurement import MeasuredRole
from semantics.units import normalized_unit, per_second, scaled, unit_in_name
from semantics.words import read_words


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("s", "seconds"),
        ("ms", "milliseconds"),
        ("percentunit", "ratio"),
        ("%", "percent"),
        ("reqps", "requests/s"),
        ("Bps", "bytes/s"),
        ("bps", "bits/s"),
        ("decbytes", "bytes"),
        ("short", "count"),
        ("celsius", "celsius"),
        ("furlongs", ""),
        ("", ""),
    ],
)
def test_units_of_products(text: str, unit: str) -> None:
    assert normalized_unit(text) == unit


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("http_request_duration_seconds_bucket", "seconds"),
        ("api_resp_time_ms", "milliseconds"),
        ("node_memory_free_bytes", "bytes"),
        ("cache_hit_ratio", "ratio"),
        ("requests_per_second", "count/s"),
        ("reqs_per_sec", "count/s"),
        ("foo", ""),
    ],
)
def test_units_in_names(name: str, unit: str) -> None:
    assert unit_in_name(name) == unit


@pytest.mark.parametrize(
    ("unit", "factor", "expected"),
    [
        ("seconds", 1000, "milliseconds"),
        ("milliseconds", 0.001, "seconds"),
        ("seconds", 1 / 86400, "days"),
        ("bytes", 1 / 1024, "kibibytes"),
        ("bytes/s", 8, "bits/s"),
        ("ratio", 100, "percent"),
        ("requests/s", 60, "requests/min"),
        ("bytes", 7, ""),
        ("", 7, ""),
        ("count", 1, "count"),
    ],
)
def test_multiplied_units(unit: str, factor: float, expected: str) -> None:
    assert scaled(unit, factor) == expected


def test_a_rate_of_a_rate_has_the_same_unit() -> None:
    assert per_second("bytes") == "bytes/s"
    assert per_second("bytes/s") == "bytes/s"
    assert per_second("") == ""


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("checkout_requests_total", MeasuredRole.TRAFFIC),
        ("CheckoutReqPerSec", MeasuredRole.TRAFFIC),
        ("payments.request.errors", MeasuredRole.ERRORS),
        ("checkout_failed_requests_total", MeasuredRole.ERRORS),
        ("PaymentsErrorRatePercent", MeasuredRole.ERROR_RATIO),
        ("login_success_rate", MeasuredRole.SUCCESS_RATIO),
        ("OrderServiceLatencyMs", MeasuredRole.LATENCY),
        ("orders_p99_ms", MeasuredRole.LATENCY),
        ("ordSvcLatP99", MeasuredRole.LATENCY),
        ("svc_mem_used_bytes", MeasuredRole.USAGE),
        ("memory_limit_bytes", MeasuredRole.LIMIT),
        ("disk_utilization", MeasuredRole.SATURATION),
        ("worker_jobs_queue_depth", MeasuredRole.QUEUE),
        ("worker_restarts_total", MeasuredRole.RESTARTS),
        ("database_up", MeasuredRole.UP),
        ("dropped_messages_total", MeasuredRole.ERRORS),
        ("request_timeouts_total", MeasuredRole.ERRORS),
        ("http_status_500_total", MeasuredRole.ERRORS),
        ("errors_per_second", MeasuredRole.ERRORS),
        ("RequestsPerMinute", MeasuredRole.TRAFFIC),
        ("bytes_sent_total", MeasuredRole.TRAFFIC),
        ("requests_in_flight", MeasuredRole.USAGE),
        ("messages_in_queue", MeasuredRole.QUEUE),
        ("time_to_first_byte", MeasuredRole.LATENCY),
        ("event_loop_lag_ms", MeasuredRole.LATENCY),
    ],
)
def test_names_that_say_something(name: str, role: MeasuredRole) -> None:
    assert read_words(name).role is role


@pytest.mark.parametrize(
    "name",
    [
        *("request_timeout_seconds_config", "latency_threshold", "max_retry_attempts", "last_error_code"),
        *(
            "user_latitude",
            "lat",
            "price",
            "conversion_ratio",
            "build_number",
            "queue_name",
        ),
        *("tickets_sold_total", "page_weight_kb", "error_budget_remaining_days", "payload_bytes"),
        *(
            "slow_requests_total",
            "cancelled_requests_total",
            "expected_requests_per_second",
            "no_error_total",
        ),
        *("mean_time_between_failures", "default_error_page_hits_total", "session_duration_seconds"),
    ],
)
def test_names_that_only_seem_to_say_something(name: str) -> None:
    assert read_words(name).role is MeasuredRole.UNKNOWN


@pytest.mark.parametrize(
    ("name", "statistic"),
    [
        ("latency_p95", "p95"),
        ("latency_99percentile", "p99"),
        ("frontend_latency-90", "p90"),
        ("avg_response_time", "mean"),
        ("latency_max", "max"),
        ("median_latency", "p50"),
        ("latency", ""),
    ],
)
def test_the_statistic_in_a_name(name: str, statistic: str) -> None:
    assert read_words(name).statistic == statistic
