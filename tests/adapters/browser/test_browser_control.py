"""A person controls a visit's page for a limited time and within its origin, while the agent waits."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from local_egress import local_proxies

from adapters.browser import browser_control as control_module
from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.browser_control import BrowserInput, BrowserInputKind
from missions.errors import BrowserError
from missions.evidence import PanelState
from missions.plan import Visit

VisitOf = Callable[..., Visit]
PAGE = """<style>body { margin: 0 } input, a { position: absolute; left: 0; width: 640px; height: 72px }
</style>
<body><input id=word style="top:0"><a href="%s" style="top:360px">away</a>
<section data-panel-id=p data-panel-title=P data-state=loading style="margin-top:500px">P</section><script>
word.onkeydown = async event => {
  if (event.key !== 'Enter') return;
  await fetch('/api/v1/query_range?query=q&word=' + word.value, {headers: {'X-Panel-Id': 'p'}});
  document.querySelector('section').dataset.state = 'ready';
};
</script>"""
RESULT = [{"metric": {}, "values": [[1, "2"]]}]
RANGE = {"status": "success", "data": {"resultType": "matrix", "result": RESULT}}
INTO = BrowserInput(gesture=BrowserInputKind.CLICK, x=0.1, y=0.05)
AWAY = BrowserInput(gesture=BrowserInputKind.CLICK, x=0.1, y=0.55)
WORD = BrowserInput(gesture=BrowserInputKind.TYPE, text="open-sesame")
ENTER = BrowserInput(gesture=BrowserInputKind.KEY, key="Enter")


class MemoryControlChannel:
    """A person with remote control until these inputs are sent, or forever if `keeps`."""

    def __init__(self, *touches: BrowserInput, keeps: bool = False) -> None:
        self.left = list(touches)
        self.keeps = keeps
        self.asked: list[tuple[str, str, str]] = []

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        self.asked.append((org, mission_id, target))
        return self.keeps or bool(self.left)

    async def watched(self, org: str, mission_id: str) -> bool:
        del org, mission_id
        return False

    async def inputs(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        assert (org, mission_id) == ("acme", "m1")
        while self.left:
            yield self.left.pop(0)
        while True:
            yield None
            await asyncio.sleep(0.05)  # a pause without input


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def observing(pool: BrowserPool, channel: MemoryControlChannel, visit: float = 30) -> DashboardObserver:
    return DashboardObserver(pool, dashboard_for, Budget(visit=visit, ready=4, body=2), control=channel)


async def test_the_agent_goes_on_where_the_person_stopped(
    site: Any, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """Input of a person opens a page that stays closed to the agent alone; its evidence is of that page."""
    site.html("/door", PAGE % "/")
    site.json("/api/v1/query_range", RANGE)
    channel = MemoryControlChannel(INTO, WORD, ENTER)
    progress: list[str] = []
    result = await observing(pool, channel).visit(visit_of(site, "p", path="/door"), progress.append)
    assert result.sighting.panels[0].state is PanelState.READY, result.sighting
    assert any("word=open-sesame" in path for path in site.asked)
    assert progress.index("a person controls the page") < progress.index("waiting for 1 panels")
    assert set(channel.asked) == {("acme", "m1", "shop/overview")}
    closed = await observing(pool, MemoryControlChannel()).visit(visit_of(site, "p", path="/door"), ignore)
    assert closed.sighting.panels[0].state is PanelState.PARTIAL, "the page opened without a person"


async def test_a_hand_leads_no_page_away(
    site: Any, elsewhere: Any, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """A click on a link to another origin ends the visit without a connection to it."""
    site.html("/door", PAGE % elsewhere.url)
    with pytest.raises(BrowserError, match="blocked"):
        await observing(pool, MemoryControlChannel(AWAY)).visit(visit_of(site, "p", path="/door"), ignore)
    assert elsewhere.connections == 0


async def test_who_never_gives_back_keeps_it_for_a_while_only(
    site: Any, pool: BrowserPool, visit_of: VisitOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the remote-control time limit the agent continues; the visit's own time is not used up."""
    monkeypatch.setattr(control_module, "CONTROL_S", 3.0)
    site.html("/door", PAGE % "/")
    site.json("/api/v1/query_range", RANGE)
    channel = MemoryControlChannel(INTO, WORD, ENTER, keeps=True)
    loop = asyncio.get_running_loop()
    began = loop.time()
    result = await observing(pool, channel, visit=30).visit(visit_of(site, "p", path="/door"), ignore)
    assert loop.time() - began >= 3
    assert result.sighting.panels[0].state is PanelState.READY, result.sighting


async def test_extend_moves_the_deadline_of_a_visit(chromium: Path) -> None:
    """`wait` moves the end of the visit; without it the visit is over."""
    pool = BrowserPool(
        chromium, sandbox=False, slots=1, env={}, proxies=local_proxies(), budget=Budget(visit=1)
    )
    try:
        async with pool.context(frozenset()) as tab:
            tab.extend(60)
            await asyncio.sleep(1.5)  # longer than the visit's own time
            assert await tab.page.evaluate("1 + 1") == 2
    finally:
        await pool.close()
