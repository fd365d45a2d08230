"""Whether the time before a fault is a normal one, by what customers got."""

import json
from datetime import UTC, datetime

import pytest

from lab.recording.edge import CALM_MS, edge_samples, usual_ms

START, END = datetime.fromtimestamp(1_000, UTC), datetime.fromtimestamp(2_000, UTC)


def report(at: float, p50_ms: float) -> str:
    """A line of the load's report."""
    page = {
        "event": "window",
        "time": at,
        "requests": 10,
        "failures": 0,
        "p50_ms": p50_ms,
        "p95_ms": 9 * p50_ms,
    }
    return json.dumps(page)


@pytest.mark.parametrize(
    ("times", "calm"),
    [
        ([15.0, 18.0, 17.0, 21.0], True),
        ([15.0, 900.0, 17.0, 21.0], True),  # one slow moment is no busy machine
        ([150.0, 1800.0, 2400.0, 21.0], False),
    ],
)
def test_a_busy_machine_has_no_normal_time(times: list[float], *, calm: bool) -> None:
    """Half of the moments decide."""
    lines = [report(1_100 + 5 * place, p50_ms) for place, p50_ms in enumerate(times)]
    usual = usual_ms(edge_samples(lines, START, END))
    assert usual is not None
    assert (usual <= CALM_MS) is calm


def test_nothing_is_known_without_reports() -> None:
    """No customer, no time."""
    assert usual_ms(edge_samples(["starting"], START, END)) is None
