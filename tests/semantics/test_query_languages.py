"""PromQL with variables, LogQL and Datadog's queries become one tree."""

import pytest

from semantics.datadog import looks_like_datadog, parse_datadog
from semantics.engine import meaning_of
from semantics.logql import looks_like_logql, parse_logql
from semantics.meaning import SeriesDescription
from semantics.promql import parse_promql
from semantics.syntax import (
    Aggregation,
    FunctionCall,
    LabelMatcher,
    SeriesSelector,
    UnreadableExpressionError,
)


def test_matchers_ranges_and_grouping() -> None:
    tree = parse_promql('sum by (job) (rate(http_requests_total{code=~"5..", job!="a"}[5m] offset 1h))')
    selector = SeriesSelector(
        "http_requests_total",
        (LabelMatcher("code", "=~", "5.."), LabelMatcher("job", "!=", "a")),
        300,
        offset_seconds=3600,
    )
    assert tree == Aggregation("sum", FunctionCall("rate", (selector,)), by=("job",))


def test_an_aggregation_without_labels() -> None:
    assert parse_promql("sum without (pod) (up)") == Aggregation(
        "sum", SeriesSelector("up"), without=("pod",)
    )
    assert parse_promql("sum(up)") == Aggregation("sum", SeriesSelector("up"), by=())


def test_the_name_may_be_a_matcher() -> None:
    assert parse_promql('{__name__="up", job="a"}') == SeriesSelector("up", (LabelMatcher("job", "=", "a"),))


@pytest.mark.parametrize(
    "expression",
    [
        "rate(http_requests_total[$__rate_interval])",
        "rate(http_requests_total[${interval}])",
        "rate(http_requests_total[[[interval]]])",
        'sum by ($group) (rate(http_requests_total{job=~"$job"}[$__interval]))',
        "rate(http_requests_total)",
        "topk($n, rate(http_requests_total[1m]))",
    ],
)
def test_variables_of_dashboards(expression: str) -> None:
    assert meaning_of(SeriesDescription(expression=expression)).unit == "requests/s"


@pytest.mark.parametrize("expression", ["not a query {", "", "SELECT 1 FROM x", "sum("])
def test_what_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(UnreadableExpressionError):
        parse_promql(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('sum(rate({app="web"} |= "error" [5m]))', ("errors", "errors/s", "rate")),
        ('sum by (pod) (count_over_time({app="web", level="error"}[1m]))', ("errors", "errors", "count")),
        ('sum(rate({app="web"} | json | status >= 500 [1m]))', ("errors", "errors/s", "rate")),
        (
            'sum(rate({a="b"} | json | status=~"5.." [1m])) / sum(rate({a="b"} | json [1m]))',
            ("error_ratio", "ratio", "rate"),
        ),
        ('sum(count_over_time({app="web"} != "healthz" [1m]))', ("traffic", "count", "count")),
        ('sum(bytes_rate({app="web"}[1m]))', ("traffic", "bytes/s", "rate")),
        (
            'quantile_over_time(0.95, {app="web"} | json | unwrap duration_ms [5m]) by (route)',
            ("latency", "milliseconds", "p95"),
        ),
        ('avg_over_time({app="web"} | unwrap duration(took) [1m])', ("unknown", "seconds", "mean")),
    ],
)
def test_logql(expression: str, expected: tuple[str, str, str]) -> None:
    meaning = meaning_of(SeriesDescription(expression=expression, product="loki"))
    assert (meaning.role.value, meaning.unit, meaning.statistic) == expected


def test_promql_is_no_logql() -> None:
    assert not looks_like_logql('rate(http_requests_total{code="500"}[5m])')
    with pytest.raises(UnreadableExpressionError):
        parse_logql("up")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum:trace.flask.request.hits{service:web}.as_rate()", ("traffic", "requests/s", "rate")),
        ("sum:trace.http.request.errors{service:web}.as_count()", ("errors", "errors", "count")),
        (
            "sum:trace.a.request.errors{*}.as_count() / sum:trace.a.request.hits{*}.as_count()",
            ("error_ratio", "ratio", "sum"),
        ),
        ("p95:trace.flask.request{service:web}", ("latency", "seconds", "p95")),
        ("avg:system.mem.pct_usable{host:a} by {host}", ("saturation", "ratio", "mean")),
        ("max:shop.basket.size{!env:dev}", ("unknown", "", "max")),
    ],
)
def test_datadog(expression: str, expected: tuple[str, str, str]) -> None:
    meaning = meaning_of(SeriesDescription(expression=expression, product="datadog"))
    roles_and_units = (meaning.role.value, meaning.unit)
    assert roles_and_units == expected[:2]
    assert meaning.statistic in {expected[2], "count", "rate"}


def test_promql_is_no_query_of_datadog() -> None:
    assert not looks_like_datadog("sum(rate(http_requests_total[5m]))")
    with pytest.raises(UnreadableExpressionError):
        parse_datadog("up")


def test_hostile_expressions_end() -> None:
    for expression in ("(" * 5000, "-" * 5000 + "1", "sum(" * 300 + "up" + ")" * 300, "a" * 100_000):
        meaning_of(SeriesDescription(expression=expression))
