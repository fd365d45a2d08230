"""Filters in Lucene's syntax or KQL, and the formulas of Kibana's Lens."""

import time

import pytest

from missions.measurement import MeasuredRole
from semantics.engine import meaning_of
from semantics.filters import UnreadableFilterError, filter_matchers
from semantics.meaning import Resource, SeriesDescription


@pytest.mark.parametrize(
    ("text", "matchers"),
    [
        ("*", []),
        ("", []),
        ('level:error AND service.name:"web shop"', ['level="error"', 'service_name="web shop"']),
        ("level: error and not host: a", ['level="error"', 'host!="a"']),
        ("status:(500 OR 502)", ['status=~"500|502"']),
        ("status:5* level:fatal", ['status=~"5.*"', 'level="fatal"']),
        ("a:1 OR b:2", []),
        ("(a:1 OR b:2) AND c:3", ['c="3"']),
        ("NOT (a:1 OR b:2)", []),
        ("code >= 500", ['code=~"5.."']),
        ("code:>=400", ['code=~"[45].."']),
        ("code:[500 TO 599]", ['code=~"5.."']),
        ("took > 17", []),
        ('"connection refused" AND exception', ['level="error"']),
    ],
)
def test_conditions_that_every_document_meets_become_matchers(text: str, matchers: list[str]) -> None:
    """What is only an alternative says nothing about what is counted."""
    assert filter_matchers(text) == matchers


@pytest.mark.parametrize("text", ["a:(b", "AND", "a:", ")", "a:[1 TO", "{", "(" * 200 + "a" + ")" * 200])
def test_another_syntax_is_refused(text: str) -> None:
    """With an error of its own, whatever the text is."""
    with pytest.raises(UnreadableFilterError):
        filter_matchers(text)


def test_long_filters_take_no_long_time() -> None:
    """The longest filter that is read takes less than a second."""
    began = time.process_time()
    for text in ("a:" * 2000, "(a OR " * 600, "x " * 2000, '"' * 3999):
        try:
            filter_matchers(text)
        except UnreadableFilterError:
            continue
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("formula", "role", "unit", "statistic"),
    [
        ("count(kql='event.outcome: failure')", MeasuredRole.ERRORS, "errors", "count"),
        ("count()", MeasuredRole.TRAFFIC, "count", "count"),
        ("average(transaction.duration.us)", MeasuredRole.LATENCY, "microseconds", "mean"),
        ("percentile(http.latency_ms, percentile=95)", MeasuredRole.LATENCY, "milliseconds", "p95"),
        ("median(request_duration_seconds, kql='a: \"b\"')", MeasuredRole.LATENCY, "seconds", "p50"),
        ("average(basket.value)", MeasuredRole.UNKNOWN, "", "mean"),
    ],
)
def test_formulas_of_lens_are_read(formula: str, role: MeasuredRole, unit: str, statistic: str) -> None:
    """Function, field and filter together say what is measured."""
    meaning = meaning_of(SeriesDescription(expression=formula, product="kibana"))
    assert (meaning.role, meaning.unit, meaning.statistic) == (role, unit, statistic)


@pytest.mark.parametrize("formula", ["count()", "count(kql='event.outcome: failure')", "level:error", "*"])
def test_documents_are_lines_of_a_log(formula: str) -> None:
    """Their number is the flow of the log, and not that of requests."""
    meaning = meaning_of(SeriesDescription(expression=formula, product="kibana"))
    assert meaning.resource is Resource.LOGS
