from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from adapters.browser.chromium import first_line
from adapters.dashboards.access import Access
from adapters.dashboards.grafana_ui import FIRST_FIELD, SECOND_FIELD, SUBMIT
from adapters.dashboards.page_fetch import fetch
from missions.errors import BrowserError

_SECONDS = 5.0


async def sign_in(page: Page, base: str, access: Access, patience: float) -> None:
    """Through the login form, once: the session is remembered. Nothing to do with a token, or signed in.

    Raises BrowserError ("refused: …") where Grafana does not take the name and password.
    """
    credentials = access.credentials
    if credentials is None or credentials.password is None:
        return
    if (await fetch(page, f"{base}/api/user", seconds=_SECONDS)).status == 200:  # noqa: PLR2004  signed in
        return
    access.sessions.forget(access.session)
    try:
        await page.goto(f"{base}/login", wait_until="domcontentloaded", timeout=patience * 1000)
        await page.fill(FIRST_FIELD, credentials.username, timeout=patience * 1000)
        await page.fill(SECOND_FIELD, credentials.password.get_secret_value(), timeout=patience * 1000)
        await page.click(SUBMIT, timeout=patience * 1000)
        await page.wait_for_url(lambda url: "/login" not in url, timeout=patience * 1000)
    except PlaywrightTimeoutError:
        raise BrowserError("refused: Grafana did not take the name and password") from None
    except Error as error:
        raise BrowserError(f"unreachable: {first_line(error)}") from None
    await access.remember(page)
