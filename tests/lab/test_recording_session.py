"""What recorders decide without a running lab."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lab.faults.registry import FAULTS, draw_fault
from lab.platform import Lab
from lab.recording.archive import write_folder
from lab.recording.edge import edge_samples, failed_share
from lab.recording.endings import IncidentEnding, parts_of, weaker_draw
from lab.recording.plan import draw_plan
from lab.recording.session import FORGOTTEN, RecordingSession
from lab.recording.split import SPLIT, half_of
from lab.recording.truth import Ending
from lab.topology import LabNetwork

FAMILIES = {kind: str(split.family) for kind, split in SPLIT.items()}
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
CALM = START + timedelta(minutes=9)


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
    for seed in range(20):
        fault = draw_fault(kind, seed)
        assert parts_of(fault)
        weaker = weaker_draw(fault, seed)
        if weaker is not None:
            assert (weaker.kind, weaker.component) == (kind, fault.component)
            assert weaker.detail != fault.detail
            assert fault.strength is None or weaker.strength is None or weaker.strength < fault.strength


@pytest.mark.parametrize("kind", ["link-latency", "surge", "third-party-slow", "n-plus-one", "exception"])
def test_many_faults_can_be_cured_by_half(kind: str) -> None:
    """Some draws have a weaker one, or one at another place; sizes are compared as numbers."""
    assert any(weaker_draw(draw_fault(kind, seed), seed) for seed in range(20))


@pytest.mark.parametrize(("count", "expected"), [(1, Ending.CURE), (2, Ending.SECOND_FAULT)])
async def test_a_second_fault_that_was_not_drawn_is_not_left(count: int, expected: Ending) -> None:
    """The ending in the truth is what happened."""
    faults = [draw_fault("none", seed) for seed in range(count)]
    ending = IncidentEnding(cast("Lab", None), faults, 1, lambda _: None)
    assert await ending.begin(Ending.SECOND_FAULT) is expected


@pytest.mark.parametrize(
    ("healthy", "recovered", "begins"),
    [(False, None, CALM + FORGOTTEN), (True, None, CALM), (False, START, START)],
)
async def test_the_normal_time_begins_when_the_incident_before_is_forgotten(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    healthy: bool,  # noqa: FBT001  a parameter of the test
    recovered: datetime | None,
    begins: datetime,
) -> None:
    """At once where nothing was at fault, at the cure, and otherwise once most queries do not show it."""

    async def nothing(*_: object) -> None: ...

    async def calm(*_: object) -> datetime:
        return CALM

    run = SimpleNamespace(
        lead_s=0.0, first=SimpleNamespace(healthy=healthy), recovered=recovered, happen=nothing, lift=nothing
    )
    planned = draw_plan(1, FAMILIES, 1)
    session = RecordingSession(tmp_path, LabNetwork(75), tmp_path, planned, lambda _: None)
    monkeypatch.setattr("lab.recording.session.IncidentRun", lambda *_: run)
    monkeypatch.setattr(session, "_keep", nothing)
    monkeypatch.setattr(session, "_calm", calm)
    unused = cast("Any", None)
    assert await session._record(unused, unused, planned[0], START) == begins
