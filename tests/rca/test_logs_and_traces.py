"""Log templates, and series from spans."""

import numpy as np
import pytest

from rca.log_templates import LogTemplateMiner, log_spikes
from rca.spans import TraceSpan, series_from_spans


def test_lines_that_differ_in_values_have_one_template() -> None:
    """Numbers, ids, addresses and quoted text are values."""
    miner = LogTemplateMiner()
    for number in range(50):
        miner.add(
            number,
            "cart",
            "INFO",
            f"user 'u{number}' took {number} ms at 10.0.0.{number}:80 id deadbeef{number:04x}",
        )
    assert len(miner.templates) == 1


def test_a_new_error_is_evidence_for_its_service() -> None:
    """An error that names another service is evidence for that one."""
    miner = LogTemplateMiner()
    for second in range(100):
        for name in ("cart", "web"):
            miner.add(second, name, "INFO", "all is well")
    for second in range(60, 100):
        miner.add(second, "cart", "ERROR", f"disk full {second}")
        miner.add(second, "web", "ERROR", f"timeout of payments {second}")
    spikes = log_spikes(miner.templates.values(), 60, ("cart", "web", "payments"))
    assert {spike.template.service: spike.mentions for spike in spikes} == {
        "cart": frozenset(),
        "web": frozenset({"payments"}),
    }


def test_an_error_at_its_usual_rate_is_no_spike() -> None:
    """The rate before the onset is the same as after it."""
    miner = LogTemplateMiner()
    for second in range(100):
        miner.add(second, "cart", "ERROR", f"retry {second}")
    assert log_spikes(miner.templates.values(), 50, ("cart",)) == []


def test_the_number_of_templates_is_bounded() -> None:
    """Lines that are all different do not exhaust the memory."""
    miner = LogTemplateMiner()
    for number in range(8_000):
        letters = "".join(chr(97 + (number // 26**place) % 26) for place in range(4))
        miner.add(number, "a", "INFO", f"word {letters}")
    assert len(miner.templates) <= 5_001


def test_self_time_excludes_the_children() -> None:
    """An error that a child had is the child's."""
    spans = [
        TraceSpan("t", "1", "", "web", 100.0, 1.0, error=True),
        TraceSpan("t", "2", "1", "cart", 100.1, 0.7, error=True),
        TraceSpan("t", "3", "2", "db", 100.2, 0.1, error=False),
    ]
    all_series, calls = series_from_spans(spans)
    values = {(series.service, series.metric): float(series.values[0]) for series in all_series}
    assert np.isclose(values["web", "spans_self_time_seconds"], 0.3)
    assert np.isclose(values["cart", "spans_self_time_seconds"], 0.6)
    assert values["web", "spans_own_error_ratio"] == 0
    assert values["cart", "spans_own_error_ratio"] == 1
    assert [(call.caller, call.callee) for call in calls] == [("cart", "db"), ("web", "cart")]


def test_cycles_and_missing_parents_are_accepted() -> None:
    """A span may be its own parent, two may be each other's, and a parent may be missing."""
    spans = [
        TraceSpan("t", "1", "1", "a", 1.0, 1.0, error=False),
        TraceSpan("t", "2", "3", "a", 1.0, 1.0, error=False),
        TraceSpan("t", "3", "2", "b", 1.0, 1.0, error=False),
        TraceSpan("t", "4", "gone", "c", 1.0, 1.0, error=False),
    ]
    all_series, _ = series_from_spans(spans)
    assert {series.service for series in all_series} == {"a", "b", "c"}


def _call(number: int, callee: str, client: float, server: float) -> list[TraceSpan]:
    """Web calls a service once: a client's span with the server's below it."""
    return [
        TraceSpan("t", f"{number}c", "1", "web", 100.0, client, error=False),
        TraceSpan("t", f"{number}s", f"{number}c", callee, 100.0, server, error=False),
    ]


def _self_times(*calls: list[TraceSpan]) -> dict[str, float]:
    spans = [
        TraceSpan("t", "1", "", "web", 100.0, 2.0, error=False),
        *(span for call in calls for span in call),
    ]
    all_series, _ = series_from_spans(spans)
    return {
        series.service: float(series.values[0] * requests.values[0])
        for series in all_series
        for requests in all_series
        if series.metric == "spans_self_time_seconds"
        and (requests.service, requests.metric) == (series.service, "spans_requests")
    }


def test_the_time_on_the_way_is_the_callees() -> None:
    """The client waits 0.9 s for an answer that took 0.1 s; the rest of 2 s is web's own."""
    times = _self_times(_call(2, "payments", 0.9, 0.1), _call(3, "cart", 0.2, 0.2))
    assert times == pytest.approx({"payments": 0.9, "cart": 0.2, "web": 0.9})


def test_what_is_lost_on_every_way_is_the_callers() -> None:
    times = _self_times(_call(2, "payments", 0.5, 0.1), _call(3, "cart", 0.6, 0.2))
    assert times == pytest.approx({"payments": 0.1, "cart": 0.2, "web": 0.9 + 0.8})


def test_a_span_of_other_work_is_no_clients() -> None:
    """Where kinds are known: an internal span works two seconds itself, and asks for a token beside it."""
    spans = [
        TraceSpan("t", "1", "", "web", 100.0, 2.1, error=False, is_call=False),
        TraceSpan("t", "2", "1", "web", 100.0, 2.0, error=False, is_call=False),
        TraceSpan("t", "3", "2", "auth", 100.0, 0.01, error=False, is_call=False),
    ]
    all_series, _ = series_from_spans(spans)
    own = {s.service: float(s.values[0]) for s in all_series if s.metric == "spans_self_time_seconds"}
    assert own["auth"] == pytest.approx(0.01)
