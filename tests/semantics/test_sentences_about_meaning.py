"""Issue 16, "Meaning": each sentence with its input and three that differ in form from it and each other."""

import pytest

from missions.measurement import MeasuredRole
from semantics.engine import meaning_of
from semantics.meaning import MeaningBasis, OwnerLevel, SeriesDescription

ABOVE_NAME = {MeaningBasis.EXPRESSION, MeaningBasis.CATALOG}


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ('sum by (service) (rate(http_requests_total{code=~"5.."}[1m]))', "errors/s"),
        ('sum(increase(api_http_requests_total{outcome="failure"}[2m]))', "errors"),
        ('rate(traefik_service_requests_total{code!~"[123].."}[1m])', "errors/s"),
        ('sum by (uri) (irate(http_server_requests_seconds_count{exception!="None"}[5m]))', "errors/s"),
    ],
)
def test_e1_1_requests_that_failed_are_errors_and_not_traffic(expression: str, unit: str) -> None:
    meaning = meaning_of(SeriesDescription(expression=expression))
    assert (meaning.role, meaning.role_basis) == (MeasuredRole.ERRORS, MeaningBasis.EXPRESSION)
    assert meaning.unit == unit


@pytest.mark.parametrize(
    "expression",
    [
        'sum(rate(grpc_server_handled_total{grpc_code!="OK"}[1m]))',
        'sum(rate(grpc_client_handled_total{grpc_code=~"Unavailable|DeadlineExceeded"}[1m]))',
        'rate(rpc_server_duration_milliseconds_count{rpc_grpc_status_code=~"[1-9]|1[0-6]"}[1m])',
        'sum by (grpc_method) (rate(grpc_server_call_duration_seconds_count{grpc_status!="OK"}[30s]))',
    ],
)
def test_e1_2_grpc_codes_other_than_ok_are_errors(expression: str) -> None:
    meaning = meaning_of(SeriesDescription(expression=expression))
    assert (meaning.role, meaning.unit) == (MeasuredRole.ERRORS, "errors/s")


@pytest.mark.parametrize(
    "expression",
    [
        'sum(rate(istio_requests_total{response_code=~"5.*"}[1m]))',
        'sum(rate(istio_requests_total{response_code!~"2..|3.."}[1m])) by (destination_workload)',
        'sum(rate(envoy_cluster_upstream_rq_xx{envoy_response_code_class="5"}[1m]))',
        'sum(irate(response_total{classification="failure", direction="inbound"}[30s])) by (deployment)',
    ],
)
def test_e1_3_failures_of_meshes_are_errors(expression: str) -> None:
    assert meaning_of(SeriesDescription(expression=expression)).role is MeasuredRole.ERRORS


@pytest.mark.parametrize(
    ("expression", "statistic", "unit"),
    [
        (
            "histogram_quantile(.99, sum by (le) (rate(http_server_requests_seconds_bucket[1m])))",
            "p99",
            "seconds",
        ),
        (
            "rate(http_server_requests_seconds_sum[1m]) / rate(http_server_requests_seconds_count[1m])",
            "mean",
            "seconds",
        ),
        (
            "histogram_quantile(0.5, sum(rate(response_latency_ms_bucket[30s])) by (le)) / 1000",
            "p50",
            "seconds",
        ),
        ('max by (uri) (http_server_requests_seconds{quantile="0.95"}) * 1e3', "p95", "milliseconds"),
    ],
)
def test_e1_4_latencies_are_latencies_and_not_traffic(expression: str, statistic: str, unit: str) -> None:
    meaning = meaning_of(SeriesDescription(expression=expression))
    assert meaning.role is MeasuredRole.LATENCY
    assert meaning.role_basis in ABOVE_NAME
    assert (meaning.statistic, meaning.unit) == (statistic, unit)


@pytest.mark.parametrize(
    ("metric", "role"),
    [
        ("OrderSvcReqCnt", MeasuredRole.TRAFFIC),
        ("pmt_err_cnt", MeasuredRole.ERRORS),
        ("cartSvc.avgRespTimeMs", MeasuredRole.LATENCY),
        ("ShopMemUtilPct", MeasuredRole.SATURATION),
    ],
)
def test_e1_5_abbreviated_and_camel_case_names_mean_something_and_no_service(
    metric: str, role: MeasuredRole
) -> None:
    meaning = meaning_of(SeriesDescription(metric=metric))
    assert (meaning.role, meaning.role_basis) == (role, MeaningBasis.NAME)
    assert meaning.owners == ()


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("frontend_latency-90", MeasuredRole.LATENCY),
        ("checkout | p99 latency (ms)", MeasuredRole.LATENCY),
        ("AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum", MeasuredRole.ERRORS),
        ("Series 1", MeasuredRole.UNKNOWN),
    ],
)
def test_e1_6_headers_of_exports_invent_no_service(header: str, role: MeasuredRole) -> None:
    meaning = meaning_of(SeriesDescription(metric=header))
    assert meaning.role is role
    assert meaning.owners == ()


def test_e1_6_a_header_with_labels_names_its_service_itself() -> None:
    meaning = meaning_of(SeriesDescription(metric='http_requests_total{code="500", service="web"}'))
    assert meaning.role is MeasuredRole.ERRORS
    assert [(owner.level, owner.value) for owner in meaning.owners] == [(OwnerLevel.SERVICE, "web")]


@pytest.mark.parametrize(
    "description",
    [
        SeriesDescription(metric="tickets_sold_total"),
        SeriesDescription(expression="avg(widget_state)", title="Overview", unit="short"),
        SeriesDescription(expression="SELECT mean(v) FROM m WHERE $timeFilter", product="influxdb"),
        SeriesDescription(expression="sum(http_requests_total) / sum(node_memory_MemTotal_bytes)"),
    ],
    ids=["name", "panel", "another language", "quotient"],
)
def test_e1_7_what_has_no_known_meaning_is_unknown(description: SeriesDescription) -> None:
    meaning = meaning_of(description)
    assert (meaning.role, meaning.role_basis) == (MeasuredRole.UNKNOWN, MeaningBasis.UNKNOWN)
