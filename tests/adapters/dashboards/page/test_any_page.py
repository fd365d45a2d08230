"""Issue 17, item 9: pages that were not made for us, by signs that people name or a quiet network."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from adapters.dashboards.page.observer import DashboardObserver
from missions.errors import BrowserError
from missions.evidence import PanelObservation, PanelState
from missions.plan import Visit

VisitOf = Callable[..., Visit]
QUIET = "it shows no sign of its state, and the page is quiet"

STATUS_PAGE = """<!doctype html><title>Status of our systems</title>
<main><h1>All systems operational</h1><p>Uptime in 90 days: 99.98 %</p></main>"""

TILES = """<!doctype html><title>Wall board</title><style>.tile { height: 120px }</style>
<div class=tile><h3>Orders</h3><span class=busy>…</span></div>
<div class=tile><h3>Orders</h3><span class=busy>…</span></div>
<div class=tile id=queue><span class=busy>…</span></div>
<script>
const [first, second, third] = document.querySelectorAll('.tile');
setTimeout(() => { first.querySelector('span').outerHTML = '<b class=value>12</b>' }, 200);
setTimeout(() => { second.querySelector('span').outerHTML = '<i>No data points</i>' }, 400);
const fault = '<em class=fault>cannot reach the broker</em>';
setTimeout(() => { third.querySelector('span').outerHTML = fault }, 300);
</script>"""

SIGNS = {
    "panelSelector": ".tile",
    "readySelector": ".value",
    "loadingSelector": ".busy",
    "emptyText": "No data points",
    "errorSelector": ".fault",
}


async def panels_of(observer: DashboardObserver, visit: Visit) -> tuple[PanelObservation, ...]:
    result = await observer.visit(visit, lambda _: None)
    assert result.picture is not None
    return result.sighting.panels


async def test_a_page_without_marks_is_one_panel(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """It is pictured as a whole when it is quiet, and says what to do."""
    site.html("/status", STATUS_PAGE)
    (panel,) = await panels_of(observer, visit_of(site, path="/status"))
    assert (panel.id, panel.title, panel.state) == ("page", "Status of our systems", PanelState.PARTIAL)
    assert panel.reason.endswith("name its panels")


async def test_a_named_part_is_ready_when_the_page_is_quiet(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    site.html("/status", STATUS_PAGE)
    (panel,) = await panels_of(observer, visit_of(site, path="/status", panelSelector="main"))
    assert (panel.id, panel.state, panel.samples) == (
        "All systems operational",
        PanelState.READY,
        0,
    )
    assert panel.reason == QUIET


@pytest.mark.parametrize("settings", [{}, {"panelSelector": "main"}])
async def test_a_login_form_is_not_ready_however_quiet_it_is(
    settings: dict[str, str], site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    site.html(
        "/board",
        "<title>Sign in</title><main><form><input><input type=password><button>Go</button></form></main>",
    )
    result = await observer.visit(visit_of(site, path="/board", **settings), lambda _: None)
    assert [panel.state for panel in result.sighting.panels] == [PanelState.ERROR]
    assert "login" in result.sighting.reason


async def test_the_older_settings_still_count(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """An attribute with a value for each state; a card that shows another value still loads."""
    cards = "".join(
        f"<div class=card id={phase} data-phase={phase}></div>" for phase in ("done", "bad", "odd")
    )
    site.html("/cards", f"<style>.card {{ height: 50px }}</style>{cards}")
    settings = {"panelSelector": ".card", "panelIdAttribute": "id", "stateAttribute": "data-phase"}
    settings |= {"readyValue": "done", "errorValue": "bad"}
    panels = await panels_of(observer, visit_of(site, path="/cards", **settings))
    assert [panel.state for panel in panels] == [PanelState.READY, PanelState.ERROR, PanelState.PARTIAL]


async def test_a_panels_own_sign_comes_before_a_guess(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """A gauge is a progress bar to some libraries."""
    site.html(
        "/gauge",
        """<section data-panel-id=p data-state=empty style="height:90px">
        <div role=progressbar>70 %</div></section>""",
    )
    (panel,) = await panels_of(observer, visit_of(site, path="/gauge"))
    assert panel.state is PanelState.EMPTY


@pytest.mark.parametrize("setting", ["readySelector", "panelSelector", "titleSelector"])
async def test_a_setting_that_is_no_selector_is_named(
    setting: str, site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    with pytest.raises(BrowserError, match=r"settings: 'div\[' is no CSS selector"):
        await observer.visit(visit_of(site, **{setting: "div["}), lambda _: None)


async def test_a_page_that_names_no_panel_in_its_requests_has_numbers_beside_its_panels(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    samples = [[1772366400 + 15 * place, str(place)] for place in range(5)]
    result = [{"metric": {"__name__": "up", "service": "web"}, "values": samples}]
    body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    site.json("/api/v1/query_range", body)
    site.html(
        "/mine",
        """<title>Mine</title><section id=up><h2>Up</h2></section><script>
        fetch('/api/v1/query_range?query=up').then(answer => answer.text())</script>""",
    )
    visit = await observer.visit(visit_of(site, path="/mine", panelSelector="section"), lambda _: None)
    assert [panel.state for panel in visit.sighting.panels] == [PanelState.READY]
    assert visit.evidence is not None
    assert [len(series.points) for series in visit.evidence.series] == [5]


async def test_signs_that_people_name(site: Any, observer: DashboardObserver, visit_of: VisitOf) -> None:
    """By selector or by text; each copy of a title and a tile with an id of its own is a panel."""
    site.html("/wall", TILES)
    panels = await panels_of(observer, visit_of(site, path="/wall", **SIGNS))
    assert [(panel.id, panel.title, panel.state) for panel in panels] == [
        ("Orders", "Orders", PanelState.READY),
        ("Orders (2)", "Orders", PanelState.EMPTY),
        ("queue", "queue", PanelState.ERROR),
    ]
    assert panels[2].reason == "cannot reach the broker"
    boxes = [panel.box for panel in panels if panel.box is not None]
    assert len({box.y for box in boxes}) == 3


async def test_one_panel_may_be_named(site: Any, observer: DashboardObserver, visit_of: VisitOf) -> None:
    site.html("/wall", TILES)
    (panel,) = await panels_of(observer, visit_of(site, "Orders (2)", path="/wall", **SIGNS))
    assert panel.state is PanelState.EMPTY


@pytest.mark.parametrize(
    "busy", ["<div aria-busy=true>…</div>", "<div class='MuiSkeleton-root'>…</div>", "<i class=loading>…</i>"]
)
async def test_what_still_loads_is_not_ready(
    busy: str, site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """Of a page without signs of its own, the usual signs of loading count, however quiet it is."""
    site.html("/slow", f"<title>Slow</title><main><h1>Report</h1>{busy}</main>")
    (panel,) = await panels_of(observer, visit_of(site, path="/slow"))
    assert panel.state is PanelState.PARTIAL
    assert "still loading" in panel.reason


async def test_a_page_that_never_stops_asking_is_not_ready(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    site.html(
        "/restless",
        """<title>Restless</title><main><h1>Numbers</h1></main><script>
        setInterval(() => fetch('/tick'), 150)</script>""",
    )
    site.json("/tick", {})
    (panel,) = await panels_of(observer, visit_of(site, path="/restless"))
    assert panel.state is PanelState.PARTIAL


async def test_what_is_asked_late_is_waited_for(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """The page is quiet only when the slow answer has come; what it drew is on the picture."""

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(1.2)
        return web.json_response({"orders": 12})

    site.routes["/orders"] = slow
    site.html(
        "/late",
        """<title>Late</title><main></main><script>fetch('/orders').then(answer => answer.json()).then(
        body => { document.querySelector('main').innerHTML =
          `<section class=late style="height:300px"><h2>Orders</h2>${body.orders}</section>` })</script>""",
    )
    panels = await panels_of(observer, visit_of(site, path="/late", panelSelector="section.late"))
    assert [(panel.id, panel.state, panel.reason) for panel in panels] == [
        ("Orders", PanelState.READY, QUIET)
    ]


async def test_numbers_of_known_apis_are_read_beside_it(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """A page that asks Prometheus itself: its panel has numbers, although it shows no sign."""
    samples = [[1772366400 + 15 * place, str(place)] for place in range(5)]
    result = [{"metric": {"__name__": "up", "service": "web"}, "values": samples}]
    site.json(
        "/api/v1/query_range", {"status": "success", "data": {"resultType": "matrix", "result": result}}
    )
    site.html(
        "/mine",
        """<title>Mine</title><section id=up><h2>Up</h2></section><script>
        fetch('/api/v1/query_range?query=up', {headers: {'X-Panel-Id': 'up'}}).then(answer => answer.text())
        </script>""",
    )
    (panel,) = await panels_of(observer, visit_of(site, path="/mine", panelSelector="section"))
    assert (panel.id, panel.state, panel.samples, panel.reason) == ("up", PanelState.READY, 5, QUIET)
