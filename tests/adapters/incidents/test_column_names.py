"""Columns' names give the service and the metric, and invent no service."""

import pytest

from adapters.incidents.column_names import split_name, split_names


@pytest.mark.parametrize(
    ("column", "service", "metric"),
    [
        ("adservice_cpu", "adservice", "cpu"),
        ("ts-order-service_latency-90", "ts-order-service", "latency-90"),
        ("user_db_mem", "user_db", "mem"),
        ("front_end_request_duration_seconds", "front_end", "request_duration_seconds"),
        ("carts_db_error_rate", "carts_db", "error_rate"),
        ("orders_availability", "orders", "availability"),
        ("cart_latency_p95_seconds", "cart", "latency_p95_seconds"),
        ("a_temperature", "a", "temperature"),
        ("a_cpu_load", "a", "cpu_load"),
        ("cart_queue_cpu", "cart_queue", "cpu"),
        ("web_response_time_ms", "web", "response_time_ms"),
        ("adservice_container-cpu-usage-seconds-total", "adservice", "container-cpu-usage-seconds-total"),
        ("USER-DB_CPU", "USER-DB", "CPU"),
        ("svc_a.b_latency.p99", "svc_a.b", "latency.p99"),
        ("billing_used_memory_bytes", "billing", "used_memory_bytes"),
        ("payments.errors.count", "payments", "errors.count"),
        ("billing-http-5xx", "billing", "http-5xx"),
    ],
)
def test_a_column_names_its_service(column: str, service: str, metric: str) -> None:
    """The metric begins with the first of the words of metrics at the name's end."""
    name = split_name(column)
    assert (name.service, name.metric) == (service, metric)


@pytest.mark.parametrize(
    ("column", "service", "metric"),
    [
        ("billing_P95LatencyMs", "billing", "P95LatencyMs"),
        ("BillingErrorRate", "Billing", "ErrorRate"),
        ("APIGatewayErrors", "APIGateway", "Errors"),
        ("checkoutService_RequestRate", "checkoutService", "RequestRate"),
        ("billing.http.requests", "billing", "http.requests"),
        ("billing_req_cnt", "billing", "req_cnt"),
        ("ledger rt p99", "ledger", "rt p99"),
        ("ordersErrCnt", "orders", "ErrCnt"),
        ("('billing', 'latency_p95')", "billing", "latency_p95"),
        ("billing (p95 latency)", "billing", "p95 latency"),
        ("billing: error rate", "billing", "error rate"),
    ],
)
def test_e1_2_camel_case_abbreviations_and_dots_name_a_service(
    column: str, service: str, metric: str
) -> None:
    """Other spellings split at the same place."""
    name = split_name(column)
    assert (name.service, name.metric) == (service, metric)


@pytest.mark.parametrize(
    "column",
    [
        "http_requests_total",
        "cpu_usage",
        "go_goroutines",
        "redis_connected_clients",
        "p95",
        "RequestLatencyP95",
        "process_cpu_seconds_total",
        "jvm_memory_used_bytes",
        "container_memory_working_set_bytes",
        "cpu_temperature",
        "error_rate",
        "Value",
        "node_load1",
    ],
)
def test_e1_2_a_metric_alone_names_no_service(column: str) -> None:
    """No service is invented of words of metrics, nor of an exporter's prefix."""
    assert split_name(column).service == ""


def test_e1_2_several_columns_say_more_than_one() -> None:
    """A service named like a metric is recognised by the metrics that it shares with others."""
    names = split_names(
        [
            "billing_latency",
            "billing_errors",
            "cache_latency",
            "cache_errors",
            "redis_latency",
            "redis_connected_clients",
        ]
    )
    assert [name.service for name in names] == ["billing", "billing", "cache", "cache", "redis", "redis"]
    names = split_names(["latency_billing", "latency_orders", "errors_billing", "errors_orders"])
    assert [(name.service, name.metric) for name in names] == [
        ("billing", "latency"),
        ("orders", "latency"),
        ("billing", "errors"),
        ("orders", "errors"),
    ]


def test_known_services_are_recognised_anywhere() -> None:
    """At the beginning, at the end and before the metric, in any spelling."""
    services = ["load", "user-db", "Billing"]
    names = split_names(
        ["load_error_cpu", "prod.user_db.latency", "p95 latency billing", "billing_wibble"], services
    )
    assert [name.service for name in names] == ["load", "user-db", "Billing", "Billing"]


def test_qualifiers_belong_to_the_metric_if_the_rest_is_a_service() -> None:
    """`node` ends the name of a service that has no other columns."""
    names = split_names(
        ["cart_container_cpu_usage", "cart_p99_latency_ms", "cart_error", "cart_node_cpu", "a_node_cpu"]
    )
    assert [(name.service, name.metric) for name in names] == [
        ("cart", "container_cpu_usage"),
        ("cart", "p99_latency_ms"),
        ("cart", "error"),
        ("cart", "node_cpu"),
        ("a_node", "cpu"),
    ]


def test_a_name_without_words_of_metrics_is_doubtful() -> None:
    """The last word is taken as the metric, and the caller can say that this is a guess."""
    assert not split_name("a_temperature").is_certain
    assert split_name("a_latency").is_certain
