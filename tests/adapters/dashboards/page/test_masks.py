"""BR12: a connector's patterns cover a page's texts before they are drawn, and stop no visit."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.origins import origin_of
from adapters.dashboards.page import masks
from adapters.dashboards.page.masks import Masking
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.page.patterns import Patterns
from missions.errors import BrowserError
from missions.evidence import PanelState
from missions.plan import Masks, Visit

VisitOf = Callable[..., Visit]
HOSTILE = "a" * 40 + "!"
BACKTRACKING = r"(a+)+$"
QUERY = "/loki/api/v1/query_range?query=x"
RECORDER = """<script>
const seen = new Set();
const look = () => {
  document.querySelectorAll('p, text').forEach(element => seen.add(element.textContent));
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
</script>"""


def masked(visit: Visit, **plan: list[str]) -> Visit:
    """The visit with these masks."""
    target = visit.target.model_validate(visit.target.model_dump() | {"masks": plan})
    return visit.model_copy(update={"target": target})


def ignore(_: str) -> None:
    """Discards the progress."""


def serve_logs(site: Any, *lines: str) -> None:
    values = [["1772366400000000000", line] for line in lines]
    stream = {"stream": {"service": "web"}, "values": values}
    site.json("/loki/api/v1/query_range", {"data": {"resultType": "streams", "result": [stream]}})


async def test_br12_a_backtracking_pattern_stops_no_visit(
    site: Any, second_site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """Its own visit ends with its evidence, another one beside it too, and the event loop never waits."""
    site.panel("p", QUERY)
    site.extra = f"<p>{HOSTILE}</p>"
    serve_logs(site, HOSTILE, "line")
    second_site.panel("q", QUERY)
    serve_logs(second_site, "quiet")
    hostile = masked(visit_of(site, "p"), patterns=[BACKTRACKING])
    async with asyncio.timeout(25):
        result, other = await asyncio.gather(
            observer.visit(hostile, ignore), observer.visit(visit_of(second_site, "q"), ignore)
        )
    assert result.evidence is not None
    assert [line.message for line in result.evidence.logs] == ["line", HOSTILE]
    assert [panel.state for panel in result.sighting.panels] == [PanelState.READY]
    assert [panel.state for panel in other.sighting.panels] == [PanelState.READY]


async def test_br12_no_text_is_drawn_before_it_is_checked(site: Any, pool: BrowserPool) -> None:
    """No frame shows a secret, and what no pattern matches is shown in the end."""
    site.html(
        "/page",
        f"""<body>{RECORDER}<style>p {{ color: red }}</style><p id=first>token secret-1</p>
        <p id=rewritten>secret-2</p><svg><text id=drawn>secret-3 s</text></svg>
        <div contenteditable id=editor>secret-4</div><script>
        const word = 'secret-5';  // a script's own text stays as it is
        const add = (text, place) => document.body.append(Object.assign(document.createElement('p'),
          {{textContent: text, id: place}}));
        setTimeout(() => add(word + ' late', 'late'), 50);
        setTimeout(() => {{ rewritten.firstChild.data = 'secret-6 again'; }}, 0);
        setTimeout(() => {{ rewritten.firstChild.data = 'plain'; }}, 60);
        setTimeout(() => add('done', 'done'), 70);
        </script>""",
    )
    origin = origin_of(site.url)
    assert origin is not None
    async with pool.context({origin}) as tab:
        masking = Masking(Masks(patterns=(r"secret-\d",)))
        await masking.cover(tab.page)
        await tab.page.goto(f"{site.url}/page")
        await tab.page.wait_for_function("window.done?.textContent === 'done'")
        await masking.settle(tab.page)
        texts = {
            name: await tab.page.evaluate("name => document.getElementById(name).textContent", name)
            for name in ("first", "rewritten", "drawn", "late")
        }
        seen = await tab.page.evaluate("[...seen]")
        hidden = await tab.page.evaluate("getComputedStyle(editor).visibility")
        color = await tab.page.evaluate("getComputedStyle(first).color")
    assert texts == {"first": "token █████", "rewritten": "plain", "drawn": "█████ s", "late": "█████ late"}
    assert hidden == "hidden"
    assert color == "rgb(255, 0, 0)", "the page's styles are intact"
    assert "█████" in seen
    assert not [text for text in seen if "secret-" in text]


async def test_br12_a_page_cannot_break_what_covers_it(site: Any, pool: BrowserPool) -> None:
    """Whatever the page sends to the worker, it gets text; without the worker's answer texts stay covered."""
    site.html("/page", "<body><script>__opsAgentMask = () => Promise.reject(1)</script><p id=p>shown?</p>")
    origin = origin_of(site.url)
    assert origin is not None
    async with pool.context({origin}) as tab:
        masking = Masking(Masks(patterns=("x",)))
        await masking.cover(tab.page)
        for sent in ([{"a": 1}, None, 5], ["\ud800"]):
            reply = await tab.page.evaluate("texts => __opsAgentMask(texts)", sent)
            assert all(isinstance(text, str) for text in reply)
        await tab.page.goto(f"{site.url}/page")
        await masking.settle(tab.page)
        assert await tab.page.evaluate("p.textContent") == "█████"


@pytest.mark.parametrize("pattern", [r"(a)\1", r"(?=x)", "x{,5}", "("])
async def test_br12_a_stored_pattern_that_is_not_supported_stops_the_visit(
    site: Any, observer: DashboardObserver, visit_of: VisitOf, pattern: str
) -> None:
    """An older release accepted it: nothing is opened, and the error says what to change."""
    site.panel("p", QUERY)
    with pytest.raises(BrowserError, match=r"masks: .*; change the connector"):
        await observer.visit(masked(visit_of(site, "p"), patterns=[pattern]), ignore)
    assert site.asked == []


async def test_br12_patterns_that_take_too_long_show_nothing(
    site: Any, observer: DashboardObserver, visit_of: VisitOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The visit fails with the reason, and brings no evidence."""
    monkeypatch.setattr(masks, "Patterns", partial(Patterns, seconds=0.01))
    site.panel("p", QUERY)
    serve_logs(site, "a" * 10_000)
    with pytest.raises(BrowserError, match="masks: the patterns take too long"):
        await observer.visit(masked(visit_of(site, "p"), patterns=[r"[^\n]*b|a"]), ignore)


PAGE = """<!doctype html><body style="margin:0;background:#fff">
<section data-panel-id=p data-panel-title="of jane@shop.example" data-state=loading
  style="height:100px">mail jane@shop.example</section>
<section data-panel-id=q data-state=empty class=secret style="height:100px;background:#f00">x</section>
<script>fetch('/loki/api/v1/query_range?query=x', {headers: {'X-Panel-Id': 'p'}}).then(answer =>
  answer.text()).then(text => { const one = document.querySelector('section'); one.append(text);
  one.dataset.state = 'ready'; window.seen = one.innerText; })</script>"""


async def test_masks_cover_before_anything_is_taken(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """Matching text and elements are masked in evidence and picture; an invalid mask stops the visit."""
    stream = {"stream": {"service": "web"}, "values": [["1772366400000000000", "from jane@shop.example"]]}
    site.json("/loki/api/v1/query_range", {"data": {"resultType": "streams", "result": [stream]}})
    site.html("/", PAGE)
    visit = visit_of(site, "p", "q")
    result = await observer.visit(masked(visit, selectors=[".secret"], patterns=[r"\S+@\S+"]), ignore)
    assert result.evidence is not None
    assert "jane" not in result.evidence.model_dump_json() + result.sighting.model_dump_json()
    assert result.evidence.logs[0].message == "from █████"
    boxes = {panel.id: panel.box for panel in result.sighting.panels}
    assert boxes["p"] is not None
    assert boxes["q"] is not None
    assert (boxes["p"].height, boxes["q"].y) == (100, 100)
    with pytest.raises(Exception, match="masks"):
        await observer.visit(masked(visit, selectors=["["]), ignore)
