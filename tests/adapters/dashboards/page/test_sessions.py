"""A page that asks for a login waits for a viewer to sign in; typed text is never stored."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from contract_grafana import ContractGrafana, serving

from adapters.browser import browser_control as control_module
from adapters.browser.browser_control import BrowserControl
from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.browser.visit_recording import recording
from adapters.dashboards.page.navigation import target_origin
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.browser_control import BrowserInput, BrowserInputKind
from missions.errors import BrowserError
from missions.evidence import PanelState
from missions.plan import Visit

VisitOf = Callable[..., Visit]
CANARY = "canary-password-41b7"
FORM = """<style>body { margin: 0 } input { position: absolute; left: 0; width: 640px; height: 72px }</style>
<form method=post action=/enter>
<input name=user style="top:0"><input name=word type=password style="top:72px">
<button hidden></button></form>"""
INSIDE = """<section data-panel-id=p data-panel-title=P data-state=loading>P</section><script>
fetch('/api/v1/query_range?query=q', {headers: {'X-Panel-Id': 'p'}}).then(
  () => document.querySelector('section').dataset.state = 'ready');</script>"""
RESULT = [{"metric": {}, "values": [[1, "2"]]}]
RANGE = {"status": "success", "data": {"resultType": "matrix", "result": RESULT}}
FIELDS = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number", "labels": {"service": "web"}}]
FRAME = {"schema": {"fields": FIELDS}, "data": {"values": [[1772366400000], [2]]}}
FRAMES = {"results": {"A": {"status": 200, "frames": [FRAME]}}}
SIGNS_IN = (
    BrowserInput(gesture=BrowserInputKind.CLICK, x=0.1, y=0.05),
    BrowserInput(gesture=BrowserInputKind.TYPE, text="ada"),
    BrowserInput(gesture=BrowserInputKind.KEY, key="Tab"),
    BrowserInput(gesture=BrowserInputKind.TYPE, text=CANARY),
    BrowserInput(gesture=BrowserInputKind.KEY, key="Enter"),
)


class Watcher:
    """A viewer with remote control from the login request until `inside` is true."""

    def __init__(self, *touches: BrowserInput, inside: Callable[[], bool] = lambda: True) -> None:
        self.left = list(touches)
        self.called = False
        self.inside = inside

    async def watched(self, org: str, mission_id: str) -> bool:
        assert (org, mission_id[:1]) == ("acme", "m")
        self.called = True
        return True

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        del org, mission_id, target
        return self.called and bool(self.left or not self.inside())

    async def inputs(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        del org, mission_id
        while self.left:
            yield self.left.pop(0)
        while True:
            yield None
            await asyncio.sleep(0.05)  # a pause without input


def observing(pool: BrowserPool, control: Watcher | None = None) -> DashboardObserver:
    return DashboardObserver(pool, dashboard_for, Budget(ready=4, body=4), control=control)


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


@pytest.fixture
def login_site(site: Any) -> Any:
    """A site with a page that requires a login; `/enter` accepts one password."""

    async def guarded(request: web.Request) -> web.Response:
        text = INSIDE if request.cookies.get("in") == "yes" else FORM
        return web.Response(text=text, content_type="text/html")

    async def enter(request: web.Request) -> web.Response:
        sent = await request.post()
        answer = web.HTTPSeeOther("/guarded")
        if (sent["user"], sent["word"]) == ("ada", CANARY):
            answer.set_cookie("in", "yes")
        raise answer

    site.routes.update({"/guarded": guarded, "/enter": enter})
    site.json("/api/v1/query_range", RANGE)
    return site


async def test_a_person_signs_in_and_the_mission_goes_on(
    login_site: Any, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """The visit waits for a person to sign in, and this mission's next visit is signed in, too."""
    progress: list[str] = []
    person = Watcher(*SIGNS_IN)
    observer = observing(pool, person)
    visit = visit_of(login_site, "p", path="/guarded")
    result = await observer.visit(visit, progress.append)
    assert result.sighting.panels[0].state is PanelState.READY, result.sighting
    assert result.sighting.reason == "a person signed in"
    call = "the page asks for a login: take it over within 60 s to sign in"
    assert (
        progress.index(call)
        < progress.index("a person controls the page")
        < progress.index("the agent controls the page again")
    )
    assert CANARY not in f"{result.sighting!r} {result.evidence!r} {progress}"
    again = await observer.visit(visit, ignore)
    assert again.sighting.state is PanelState.READY, again.sighting
    assert again.sighting.reason == ""
    other = await observing(pool).visit(visit.model_copy(update={"mission_id": "m2"}), ignore)
    assert "asks for a login" in other.sighting.reason, "another mission is signed in"


async def test_a_person_signs_in_to_grafana(pool: BrowserPool, visit_of: VisitOf) -> None:
    """Grafana without credentials is visited again after a person signed in, and refused without one."""
    grafana = ContractGrafana((13, 2), [{"id": 1, "title": "Up", "expr": "up"}], {"up": FRAMES})
    grafana.user = ("ada", CANARY)
    async with serving(grafana):
        visit = visit_of(grafana, "1", path="/d/shop/shop")
        visit = visit.model_copy(update={"target": visit.target.model_copy(update={"type": "grafana"})})
        with pytest.raises(BrowserError, match=r"refused: Grafana asks to sign in.*no person signed in"):
            await observing(pool).visit(visit, ignore)
        keys = BrowserInput(gesture=BrowserInputKind.KEY, key="Tab"), *SIGNS_IN[1:]
        person = Watcher(*keys, inside=lambda: grafana.logins == 1)
        result = await observing(pool, person).visit(visit, ignore)
    assert result.sighting.panels[0].state is PanelState.READY, result.sighting
    assert "a person signed in" in result.sighting.reason


async def test_a_visit_waits_for_the_announced_time_only(
    login_site: Any, pool: BrowserPool, visit_of: VisitOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle viewer delays the visit for the announced time; without a viewer there is no delay."""
    monkeypatch.setattr(control_module, "LOGIN_WAIT_S", 2.0)
    visit = visit_of(login_site, "p", path="/guarded")
    for control, calls in ((Watcher(), 1), (None, 0)):
        progress: list[str] = []
        result = await observing(pool, control).visit(visit, progress.append)
        assert "the page asks for a login" in result.sighting.reason
        assert sum("take it over" in caption for caption in progress) == calls


async def test_what_was_typed_and_not_sent_is_on_no_picture(
    login_site: Any, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """The form is cleared when remote control ends, so no picture shows the typed text."""
    visit = visit_of(login_site, "p", path="/guarded")
    async with pool.context({target_origin(visit.target)}) as tab:
        await tab.page.goto(f"{login_site.url}/guarded")
        person = Watcher(*SIGNS_IN[:-1])
        control = BrowserControl(person, tab, "acme", "m1", visit.target.id)
        assert await control.wait_for_login("a login", ignore)
        typed = await tab.page.evaluate("[...document.querySelectorAll('input')].map(one => one.value)")
        assert typed == ["", ""]
        assert not control.active


async def test_a_hidden_page_is_not_recorded(
    login_site: Any, pool: BrowserPool, visit_of: VisitOf, eventually: Any
) -> None:
    """A page is recorded, and not recorded during remote control."""
    async with pool.context({target_origin(visit_of(login_site, "p").target)}) as tab:
        for hidden in (False, True):
            async with recording(tab.page, wanted=True, hidden=partial(bool, hidden)) as made:
                await tab.page.goto(f"{login_site.url}/guarded")
                await tab.page.screenshot()

                async def recorded() -> bool:
                    return bool(made.frames)

                if hidden:
                    await asyncio.sleep(1)  # long enough for several frames
                else:
                    await eventually(recorded)
            assert bool(made.frames) is not hidden
