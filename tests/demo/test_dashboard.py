from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, Request, Route, async_playwright, expect

if TYPE_CHECKING:
    from tests.demo.conftest import Lab

STATES = """() => Object.fromEntries([...document.querySelectorAll(".panel")]
  .map((panel) => [panel.dataset.panelId, panel.dataset.state]))"""
INKED = """(id) => { const canvas = document.querySelector(`[data-panel-id="${id}"] canvas`);
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.filter((value, index) => index % 4 === 3 && value > 0).length; }"""


@pytest.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    await page.close()


async def test_every_panel_becomes_ready_and_asked_for_itself(healthy: "Lab", page: Page) -> None:
    """Each panel is drawn when it is ready, and each request names its panel."""
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(_panel_of(request)))

    states: dict[str, str] = {}

    async def measured() -> bool:
        await page.goto(f"{healthy.shop.url}/?refresh=0")
        await _settled(page)
        states.update(await page.evaluate(STATES))
        # A new shop has rates from its second scrape on; until then their panels are empty.
        return "empty" not in {state for panel, state in states.items() if panel != "logs"}

    await healthy.until(measured)
    kinds = ("rate", "errors", "latency", "memory", "pool", "wait")
    charts = {f"{service}-{kind}" for service in ("web", "checkout", "payments") for kind in kinds}
    charts.add("payments-provider")
    assert states.keys() == charts | {"topology", "logs", "deployments"}
    assert {panel for panel, state in states.items() if state != "ready"} <= {"logs"}
    assert states["logs"] in {"ready", "empty"}  # a healthy shop may log no warnings
    assert states.keys() <= asked
    for panel in charts | {"topology"}:
        assert await page.evaluate(INKED, panel) > 1000, panel


async def test_a_failed_query_shows_in_its_panel_alone(healthy: "Lab", page: Page) -> None:
    """Only the panel whose query failed shows an error, with its reason."""

    async def fail(route: Route) -> None:
        if _panel_of(route.request) == "checkout-latency":
            await route.fulfill(status=500, json={"status": "error", "error": "the store is away"})
        else:
            await route.fallback()

    await page.route("**/api/v1/query_range*", fail)
    await page.goto(f"{healthy.shop.url}/?refresh=0")
    await _settled(page)
    states = await page.evaluate(STATES)
    assert [panel for panel, state in states.items() if state == "error"] == ["checkout-latency"]
    assert "the store is away" in await page.inner_text("[data-panel-id=checkout-latency]")


async def test_one_panel_alone_and_a_time_without_data(healthy: "Lab", page: Page) -> None:
    """`panel=` shows only one panel, which is empty outside the stored time."""
    await page.goto(f"{healthy.shop.url}/?refresh=0&panel=web-rate&from=1000000&to=2000000")
    await _settled(page)
    assert await page.evaluate(STATES) == {"web-rate": "empty"}


def _panel_of(request: Request) -> str:
    return request.headers.get("x-panel-id", "")


async def _settled(page: Page) -> None:
    # Locators, not wait_for_function: the page's content security policy forbids eval.
    await expect(page.locator(".panel").first).to_be_attached()
    await expect(page.locator('.panel[data-state="loading"]')).to_have_count(0, timeout=10_000)
