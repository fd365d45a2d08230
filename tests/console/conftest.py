"""The real console in a real Chromium, on the real API: whoever breaks its policy fails the test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from console_site import Site, Visitors
from playwright.async_api import Browser, async_playwright
from served_api import copied, dead_port

from api.routes.console import FILES
from runtime.local.servers import Addresses


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Without npm there is no console that a browser could look at."""
    if not (FILES / "index.html").is_file():
        pytest.skip("the console is not built here: npm could not be used")


@pytest.fixture(scope="session")
async def site(servers: Addresses, template: str) -> AsyncIterator[Site]:
    """One for all tests: each makes its own people and missions."""
    async with copied(servers, template) as urls:
        made = Site(servers, urls, dead_port())
        await made.start()
        yield made
        await made.stop()


@pytest.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """A headless browser; each test opens its own contexts."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium)  # it sees our own pages only
        yield browser
        await browser.close()


@pytest.fixture
async def visitors(browser: Browser, site: Site) -> AsyncIterator[Visitors]:
    """At the end no page may have complained: no script error, no report of the security policy."""
    async with AsyncExitStack() as until:
        made = Visitors(browser, site, until)
        yield made
        assert made.complaints == []
