"""Log lines sorted into kinds, spans sorted into what is a service's own."""

import numpy as np

from rca.spans import TraceSpan, attributed
from rca.templates import Miner, evidence, surges


def test_lines_that_differ_in_values_are_of_one_kind() -> None:
    """Numbers, ids, addresses and quoted text."""
    miner = Miner()
    for number in range(50):
        miner.add(
            number,
            "cart",
            "INFO",
            f"user 'u{number}' took {number} ms at 10.0.0.{number}:80 id deadbeef{number:04x}",
        )
    assert len(miner.kinds) == 1


def test_a_new_kind_of_error_speaks_for_its_service() -> None:
    """Unless it names another one: then that one is meant."""
    miner = Miner()
    for second in range(100):
        for name in ("cart", "web"):
            miner.add(second, name, "INFO", "all is well")
    for second in range(60, 100):
        miner.add(second, "cart", "ERROR", f"disk full {second}")
        miner.add(second, "web", "ERROR", f"timeout of payments {second}")
    found = surges(miner.kinds.values(), 60, ("cart", "web", "payments"))
    assert {one.kind.service for one in found} == {"cart", "web"}
    odds = evidence(found)
    assert odds["cart"] > odds["payments"] > odds["web"]


def test_what_was_always_logged_is_no_news() -> None:
    """Errors at the same rate as before."""
    miner = Miner()
    for second in range(100):
        miner.add(second, "cart", "ERROR", f"retry {second}")
    assert surges(miner.kinds.values(), 50, ("cart",)) == []


def test_kinds_are_bounded() -> None:
    """A line that is new each time does not fill the memory."""
    miner = Miner()
    for number in range(8_000):
        letters = "".join(chr(97 + (number // 26**place) % 26) for place in range(4))
        miner.add(number, "a", "INFO", f"word {letters}")
    assert len(miner.kinds) <= 5_001


def test_self_time_is_what_the_children_leave() -> None:
    """And an error that a child had is the child's."""
    spans = [
        TraceSpan("t", "1", "", "web", 100.0, 1.0, error=True),
        TraceSpan("t", "2", "1", "cart", 100.1, 0.7, error=True),
        TraceSpan("t", "3", "2", "db", 100.2, 0.1, error=False),
    ]
    tracks, calls = attributed(spans)
    values = {(one.service, one.metric): float(one.values[0]) for one in tracks}
    assert np.isclose(values["web", "spans_self_time_seconds"], 0.3)
    assert np.isclose(values["cart", "spans_self_time_seconds"], 0.6)
    assert values["web", "spans_own_error_ratio"] == 0
    assert values["cart", "spans_own_error_ratio"] == 1
    assert [(one.caller, one.callee) for one in calls] == [("cart", "db"), ("web", "cart")]


def test_spans_that_are_their_own_parents_or_have_none_end() -> None:
    """Cycles are no depth."""
    spans = [
        TraceSpan("t", "1", "1", "a", 1.0, 1.0, error=False),
        TraceSpan("t", "2", "3", "a", 1.0, 1.0, error=False),
        TraceSpan("t", "3", "2", "b", 1.0, 1.0, error=False),
        TraceSpan("t", "4", "gone", "c", 1.0, 1.0, error=False),
    ]
    tracks, _ = attributed(spans)
    assert {one.service for one in tracks} == {"a", "b", "c"}
