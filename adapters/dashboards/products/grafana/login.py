from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from adapters.browser.errors import first_line
from adapters.dashboards.page.failures import network_error
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.sessions import SignIn
from adapters.dashboards.products.grafana.selectors import PASSWORD_FIELD, SUBMIT_BUTTON, USERNAME_FIELD
from missions.errors import BrowserError

_FETCH_S = 5.0
_OK = 200


async def log_in(page: Page, base_url: str, sign_in: SignIn, seconds: float) -> None:
    """Fills the login form, and saves the session. Does nothing with a token, or with a valid session.

    `seconds` limits each step. Raises BrowserError ("refused: …") where Grafana rejects name and password.
    """
    credentials = sign_in.credentials
    if credentials is None or credentials.password is None:
        return
    if (await fetch(page, f"{base_url}/api/user", seconds=_FETCH_S)).status == _OK:
        return
    sign_in.sessions.discard(sign_in.session)
    timeout = seconds * 1000
    try:
        await page.goto(f"{base_url}/login", wait_until="domcontentloaded", timeout=timeout)
        await page.fill(USERNAME_FIELD, credentials.username, timeout=timeout)
        await page.fill(PASSWORD_FIELD, credentials.password.get_secret_value(), timeout=timeout)
        await page.click(SUBMIT_BUTTON, timeout=timeout)
        await page.wait_for_url(lambda url: "/login" not in url, timeout=timeout)
    except PlaywrightTimeoutError:
        raise BrowserError("refused: Grafana did not take the name and password") from None
    except Error as error:
        raise network_error(first_line(error)) from None
    await sign_in.save(page)
