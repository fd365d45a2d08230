"""The real console in a real Chromium on the real API; a violation of its security policy fails the test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from console_site import Site, Visitors
from loopback import dead_port
from playwright.async_api import Browser, async_playwright
from served_api import copied

from api.routes.console import FILES
from runtime.local.servers import Addresses


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Skips the tests if the console was not built, because npm is missing."""
    if not (FILES / "index.html").is_file():
        pytest.skip("the console is not built here: npm could not be used")


@pytest.fixture(scope="session")
async def site(servers: Addresses, template: str) -> AsyncIterator[Site]:
    """One site for all tests; each test creates its own people and missions."""
    async with copied(servers, template) as urls:
        made = Site(servers, urls, dead_port())
        await made.start()
        yield made
        await made.stop()


@pytest.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """A headless browser; each test opens its own contexts."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium)  # opens only our own pages
        yield browser
        await browser.close()


@pytest.fixture
async def visitors(browser: Browser, site: Site) -> AsyncIterator[Visitors]:
    """Fails the test if a page reports a script error or a violation of the security policy."""
    async with AsyncExitStack() as until:
        made = Visitors(browser, site, until)
        yield made
        assert made.complaints == []
