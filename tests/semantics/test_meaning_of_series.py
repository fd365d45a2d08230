"""The order of authority, windows, aggregations and owners."""

import pytest

from missions.measurement import MeasuredRole, SeriesMapping
from semantics.engine import meaning_of
from semantics.meaning import MeaningBasis, MetricType, OwnerLevel, SeriesDescription, SeriesOwner


def test_a_person_comes_before_everything() -> None:
    description = SeriesDescription(expression="sum(rate(http_requests_total[5m]))", title="Requests")
    mapping = SeriesMapping(
        role=MeasuredRole.SUCCESS_RATIO, unit="percentunit", statistic="mean", service="shop"
    )
    meaning = meaning_of(description, mapping)
    assert (meaning.role, meaning.unit, meaning.statistic) == (MeasuredRole.SUCCESS_RATIO, "ratio", "mean")
    assert meaning.falling_is_bad
    assert meaning.owners[0] == SeriesOwner(OwnerLevel.SERVICE, "", "shop")
    bases = {meaning.role_basis, meaning.unit_basis, meaning.statistic_basis, meaning.owner_basis}
    assert bases == {MeaningBasis.PERSON}


def test_a_person_may_say_only_a_part() -> None:
    meaning = meaning_of(SeriesDescription(metric="widget_state"), SeriesMapping(unit="furlongs"))
    assert (meaning.role, meaning.unit) == (MeasuredRole.UNKNOWN, "furlongs")


def test_the_catalog_comes_before_the_panel() -> None:
    meaning = meaning_of(SeriesDescription(expression="celery_queue_length", title="Latency", unit="s"))
    assert (meaning.role, meaning.role_basis) == (MeasuredRole.QUEUE, MeaningBasis.CATALOG)


def test_the_panel_comes_before_the_name() -> None:
    description = SeriesDescription(expression="checkout_requests", title="Response time", unit="ms")
    meaning = meaning_of(description)
    assert (meaning.role, meaning.role_basis) == (MeasuredRole.LATENCY, MeaningBasis.PANEL)
    assert (meaning.unit, meaning.unit_basis) == ("milliseconds", MeaningBasis.PANEL)


def test_a_title_that_names_several_things_says_nothing() -> None:
    description = SeriesDescription(expression="thing", title="Requests and errors", unit="reqps")
    assert meaning_of(description).role is MeasuredRole.UNKNOWN


def test_a_title_that_does_not_fit_the_unit_says_nothing() -> None:
    description = SeriesDescription(expression="thing", title="Request latency", unit="celsius")
    assert meaning_of(description).role is MeasuredRole.UNKNOWN


def test_the_metric_is_read_where_the_expression_cannot_be() -> None:
    description = SeriesDescription(expression="?", metric="up", labels={"job": "api"})
    meaning = meaning_of(description)
    assert meaning.role is MeasuredRole.UP
    assert meaning.owners[0].value == "api"


def test_the_metric_does_not_answer_for_an_expression_without_a_meaning() -> None:
    description = SeriesDescription(
        expression="http_requests_total * node_load1", metric="http_requests_total"
    )
    assert meaning_of(description).role is MeasuredRole.UNKNOWN


@pytest.mark.parametrize(
    ("expression", "range_seconds", "step_seconds"),
    [
        ("rate(http_requests_total[90s])", 90, None),
        ("max_over_time(rate(http_requests_total[1m])[1h:5m])", 3600, 300),
        ("rate(http_requests_total[1m]) / rate(http_requests_total[10m] offset 1h)", 600, None),
        ("rate(http_requests_total[$__rate_interval])", None, None),
        ("http_requests_total", None, None),
        ('sum(count_over_time({app="web"}[2m]))', 120, None),
    ],
)
def test_the_range_and_the_step(
    expression: str, range_seconds: float | None, step_seconds: float | None
) -> None:
    meaning = meaning_of(SeriesDescription(expression=expression))
    assert (meaning.range_seconds, meaning.step_seconds) == (range_seconds, step_seconds)


def test_a_running_total_is_a_counter_and_its_rate_is_not() -> None:
    total = meaning_of(SeriesDescription(expression="http_requests_total"))
    rate = meaning_of(SeriesDescription(expression="rate(http_requests_total[1m])"))
    assert (total.type, total.cumulative) == (MetricType.COUNTER, True)
    assert not rate.cumulative


def test_the_aggregation_and_its_labels() -> None:
    meaning = meaning_of(SeriesDescription(expression="max by (pod, namespace) (container_memory_rss)"))
    assert (meaning.aggregation, meaning.grouping) == ("max", ("pod", "namespace"))
    assert [owner.level for owner in meaning.owners] == [OwnerLevel.POD, OwnerLevel.NAMESPACE]
    assert meaning_of(SeriesDescription(expression="container_memory_rss")).grouping is None


@pytest.mark.parametrize(
    ("expression", "labels", "level", "value"),
    [
        ('rate(http_requests_total{job="api"}[1m])', {}, OwnerLevel.SERVICE, "api"),
        (
            "istio_requests_total",
            {"destination_service_name": "cart", "app": "x"},
            OwnerLevel.SERVICE,
            "cart",
        ),
        ("kube_deployment_status_replicas", {"deployment": "web", "job": "ksm"}, OwnerLevel.WORKLOAD, "web"),
        ("container_memory_rss", {"pod": "web-1", "instance": "kubelet:1"}, OwnerLevel.POD, "web-1"),
        ("node_load1", {"instance": "db-1:9100"}, OwnerLevel.INSTANCE, "db-1:9100"),
        ("system_load", {"host": "db-1"}, OwnerLevel.HOST, "db-1"),
    ],
)
def test_whose_a_series_is(expression: str, labels: dict[str, str], level: OwnerLevel, value: str) -> None:
    owners = meaning_of(SeriesDescription(expression=expression, labels=labels)).owners
    assert (owners[0].level, owners[0].value) == (level, value)


def test_the_cluster_is_an_owner_too() -> None:
    owners = meaning_of(SeriesDescription(expression="up", labels={"job": "api", "cluster": "eu"})).owners
    assert [(owner.level, owner.value) for owner in owners] == [
        (OwnerLevel.SERVICE, "api"),
        (OwnerLevel.CLUSTER, "eu"),
    ]


def test_a_variable_of_the_dashboard_names_nobody() -> None:
    meaning = meaning_of(
        SeriesDescription(expression='rate(http_requests_total{job="$job", code=~"$code"}[1m])')
    )
    assert meaning.role is MeasuredRole.TRAFFIC
    assert all(not owner.value for owner in meaning.owners)


def test_the_labels_of_a_series_count_like_matchers() -> None:
    description = SeriesDescription(
        expression="sum by (code) (rate(http_requests_total[1m]))", labels={"code": "503"}
    )
    assert meaning_of(description).role is MeasuredRole.ERRORS
