"""What recorders decide without a running lab."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.faults.registry import FAULTS, draw_fault
from lab.recording.archive import write_folder
from lab.recording.edge import edge_samples, failed_share
from lab.recording.endings import parts_of, weaker_draw
from lab.recording.plan import draw_plan
from lab.recording.session import RecordingSession
from lab.recording.split import SPLIT, half_of
from lab.topology import LabNetwork

FAMILIES = {kind: str(split.family) for kind, split in SPLIT.items()}
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_recorder_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """A complete folder is not recorded again; a half one is removed and recorded."""
    plan = draw_plan(6, FAMILIES, 1)
    done, half = plan[0], plan[1]
    write_folder(tmp_path / half_of(done.kind) / done.id, "{}", {"raw": 1})
    draft = tmp_path / half_of(half.kind) / f".{half.id}.99"
    draft.mkdir(parents=True)
    session = RecordingSession(tmp_path, LabNetwork(75), tmp_path, plan, lambda _: None)
    assert session.left == tuple(incident.id for incident in plan[1:])
    assert not draft.exists()


def test_customers_are_counted_by_the_load_s_report() -> None:
    """All pages of a report together, and nothing that is no report."""
    at = START.timestamp() + 7
    pages = [
        {"time": at, "event": "window", "requests": 30, "failures": 3, "p50_ms": 10, "p95_ms": 40},
        {"time": at + 0.1, "event": "window", "requests": 10, "failures": 0, "p50_ms": 50, "p95_ms": 90},
        {"time": at, "event": "failure", "error": "status 500"},
        {"time": at + 60, "event": "window", "requests": 9, "failures": 9, "p50_ms": 1, "p95_ms": 1},
    ]
    lines = ["not JSON", *map(json.dumps, pages)]
    (sample,) = edge_samples(lines, START, START + timedelta(seconds=30))
    assert sample.at == START + timedelta(seconds=5)
    assert (sample.requests, sample.failed, sample.p50_ms, sample.p95_ms) == (40, 0.075, 20.0, 90.0)
    assert failed_share([sample]) == pytest.approx(0.075)
    assert failed_share([]) is None


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_half_a_cure_leaves_a_fault_of_the_same_component(kind: str) -> None:
    """It is another draw and, where sizes are drawn, a smaller one."""
    fault = draw_fault(kind, 5)
    weaker = weaker_draw(fault, 5)
    assert parts_of(fault)
    if weaker is not None:
        assert (weaker.kind, weaker.component) == (kind, fault.component)
        assert weaker.detail != fault.detail
        assert getattr(weaker, "size", 0) < getattr(fault, "size", 1)
