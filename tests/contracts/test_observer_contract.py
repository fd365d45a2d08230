"""Every implementation of Observer: in memory, and Chromium on the page of a Grafana."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import samples as sample
from contract_grafana import ContractGrafana, serving
from local_egress import local_proxies
from local_ports import free_port
from memory_observer import MemoryObserver

from activities.ports import Observer
from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.errors import BrowserError
from missions.evidence import PanelState
from missions.plan import Phase, Target, Visit, Window

TIMES = [1772366400000, 1772366405000]
FIELDS = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]
FRAME = {"schema": {"fields": FIELDS}, "data": {"values": [TIMES, [0.1, 0.2]]}}
FRAMES = {"results": {"A": {"frames": [FRAME]}}}


@dataclass
class Observed:
    """An observer, a page that it can visit, and a page that is unreachable."""

    observer: Observer
    target: Target
    away: Target


@pytest.fixture(scope="module")
async def pool(chromium: Path) -> AsyncIterator[BrowserPool]:
    pool = BrowserPool(chromium, sandbox=False, slots=1, env={}, proxies=local_proxies())
    yield pool
    await pool.close()


@pytest.fixture
async def browser(pool: BrowserPool) -> AsyncIterator[Observed]:
    grafana = ContractGrafana((13, 2), [{"id": 1, "title": "Latency", "expr": "up"}], {"up": FRAMES})
    async with serving(grafana) as served:
        target = Target(
            id="shop/overview",
            connector="shop",
            type="grafana",
            base_url=served.url,
            path="/d/shop",
            title="Overview",
            panels=("1",),
        )
        away = target.model_copy(update={"base_url": f"http://127.0.0.1:{free_port()}"})
        yield Observed(DashboardObserver(pool, dashboard_for, Budget()), target, away)


@pytest.fixture
def memory() -> Observed:
    observer, away = MemoryObserver(), sample.target("away")
    observer.away = {away.id: BrowserError("unreachable")}
    return Observed(observer, sample.target(), away)


@pytest.fixture(params=["memory", "browser"])
def observed(request: pytest.FixtureRequest) -> Observed:
    # Not an async fixture: it requests another fixture by name.
    made: Observed = request.getfixturevalue(request.param)
    return made


def visit(target: Target, phase: Phase = Phase.BEFORE) -> Visit:
    begin = datetime.fromtimestamp(TIMES[0] / 1000, UTC)
    window = Window(start=begin, end=begin + timedelta(minutes=5))
    return Visit(org=sample.ORG, mission_id="m", target=target, window=window, phase=phase)


@pytest.mark.parametrize("phase", list(Phase))
async def test_a_visit_brings_back_picture_and_numbers(observed: Observed, phase: Phase) -> None:
    """A visit returns a JPEG and evidence of the same target and phase, with every panel ready."""
    result = await observed.observer.visit(visit(observed.target, phase), lambda _: None)
    assert result.picture is not None
    assert result.picture.startswith(b"\xff\xd8\xff")
    assert result.evidence is not None
    for part in (result.sighting, result.evidence):
        assert (part.target, part.phase) == (observed.target.id, phase)
    assert result.sighting.state is PanelState.READY
    assert {panel.state for panel in result.sighting.panels} == {PanelState.READY}
    assert (result.sighting.screenshot, result.sighting.numbers) == (None, None)  # the activity stores them


async def test_progress_is_reported(observed: Observed) -> None:
    """A visit reports at least one line, which the activity's heartbeat needs."""
    lines: list[str] = []
    await observed.observer.visit(visit(observed.target), lines.append)
    assert lines
    assert all(lines)


async def test_a_page_that_does_not_answer_is_an_error(observed: Observed) -> None:
    """An unreachable page is BrowserError, not empty evidence."""
    with pytest.raises(BrowserError):
        await observed.observer.visit(visit(observed.away), lambda _: None)
