"""Where a visit's page may go, and how it gets there."""

from datetime import datetime
from urllib.parse import urljoin, urlsplit

from playwright.async_api import Error, Page, Response, Route
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from adapters.browser.browser_pool import Tab
from adapters.browser.errors import first_line
from adapters.browser.origins import WebOrigin, origin_of
from adapters.dashboards.page.failures import network_error, status_error, too_slow
from missions.errors import PlanError
from missions.plan import Target, Visit

_BAD_REQUEST = 400


def target_origin(target: Target) -> WebOrigin:
    """The one origin that a visit may reach. Raises PlanError unless the base URL is http or https."""
    origin = origin_of(target.base_url)
    if origin is None or urlsplit(target.base_url).scheme != origin.scheme:
        raise PlanError(f"{target.connector}'s base URL is no http or https URL.")
    return origin


def address_of(visit: Visit) -> str:
    """The page's URL with the window's epoch milliseconds in place of `{from}` and `{to}`.

    Raises PlanError where the connector's base URL is no http(s) URL or the path would leave its origin.
    """
    target = visit.target
    origin = target_origin(target)
    path = target.path.replace("{from}", _epoch_ms(visit.window.start))
    path = path.replace("{to}", _epoch_ms(visit.window.end))
    base = target.base_url.rstrip("/") + "/"
    # "./" keeps a path a path: "//elsewhere/" and "@elsewhere/" would name a host otherwise.
    url = urljoin(base, "./" + path.lstrip("/"))
    if origin_of(url) != origin:
        raise PlanError(f"{target.id}'s path leaves {origin}.")
    return url


async def open_page(tab: Tab, url: str, seconds: float, product: str = "") -> Response | None:
    """Opens the URL and waits for its DOM. Raises BrowserError where it fails or leaves the origin.

    `product` is the one that is known by an answer at this URL, "" for an ordinary page.
    """
    try:
        response = await tab.page.goto(url, wait_until="domcontentloaded", timeout=seconds * 1000)
    except PlaywrightTimeoutError as error:
        tab.egress.raise_if_stopped()
        raise too_slow(seconds) from error
    except Error as error:
        tab.egress.raise_if_stopped()
        raise network_error(first_line(error)) from error
    tab.egress.check(tab.page.url)
    if response is not None and response.status >= _BAD_REQUEST:
        raise status_error(response.status, url, product)
    return response


async def add_headers(page: Page, base_url: str, headers: dict[str, str]) -> None:
    """Adds headers to each request to exactly this origin: a context-wide header would go to all."""
    origin = origin_of(base_url)

    async def add(route: Route) -> None:
        await route.fallback(headers={**route.request.headers, **headers})

    await page.route(lambda url: origin_of(url) == origin, add)


def _epoch_ms(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))
