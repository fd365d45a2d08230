import time
from collections import OrderedDict
from dataclasses import dataclass, field

from playwright.async_api import Page, Route, StorageStateCookie

from adapters.browser.origins import origin_of
from missions.credentials import Credentials

_KEPT_S = 3600.0
_MOST = 200


class Sessions:
    """Who is signed in where, so that a login is not repeated: in this process' memory and nowhere else.

    A session is named by its connector and its sealed credentials: changed credentials sign in again.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, list[StorageStateCookie]]] = OrderedDict()

    def recall(self, name: str) -> list[StorageStateCookie]:
        """The session's cookies, none where it is unknown or an hour old."""
        at, cookies = self._kept.get(name, (0.0, []))
        return cookies if time.monotonic() - at < _KEPT_S else []

    def keep(self, name: str, cookies: list[StorageStateCookie]) -> None:
        """Remembers the session; the one that was used longest ago is forgotten where there are too many."""
        self._kept[name] = (time.monotonic(), cookies)
        self._kept.move_to_end(name)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def forget(self, name: str) -> None:
        """The session does not hold any more."""
        self._kept.pop(name, None)


@dataclass(frozen=True)
class Access:
    """How one visit signs in. Without credentials the page is looked at as anybody sees it."""

    credentials: Credentials | None = None
    session: str = ""
    sessions: Sessions = field(default_factory=Sessions)

    async def remember(self, page: Page) -> None:
        """Keeps who is signed in there. Playwright's errors."""
        self.sessions.keep(self.session, (await page.context.storage_state())["cookies"])


async def carry_headers(page: Page, base_url: str, headers: dict[str, str]) -> None:
    """Adds headers to each request to exactly this origin: a context-wide header would go to all."""
    origin = origin_of(base_url)

    async def add(route: Route) -> None:
        await route.fallback(headers={**route.request.headers, **headers})

    await page.route(lambda url: origin_of(url) == origin, add)
