import time
from collections import OrderedDict
from dataclasses import dataclass, field

from playwright.async_api import Page, StorageStateCookie

from missions.credentials import Credentials

_LIFETIME_S = 3600.0
_MAX_SESSIONS = 200


class SessionCache:
    """Cookies of signed-in sessions, so that a login is not repeated. They are held in memory only.

    The key names a connector and a digest of its sealed credentials, so changed credentials sign in again.
    """

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, tuple[float, list[StorageStateCookie]]] = OrderedDict()

    def get(self, key: str) -> list[StorageStateCookie]:
        """The session's cookies; empty when the session is unknown or an hour old."""
        at, cookies = self._sessions.get(key, (0.0, []))
        return cookies if time.monotonic() - at < _LIFETIME_S else []

    def put(self, key: str, cookies: list[StorageStateCookie]) -> None:
        """Stores the session, and drops the oldest one when the cache is full."""
        self._sessions[key] = (time.monotonic(), cookies)
        self._sessions.move_to_end(key)
        while len(self._sessions) > _MAX_SESSIONS:
            self._sessions.popitem(last=False)

    def discard(self, key: str) -> None:
        """Removes a session that the dashboard no longer accepts."""
        self._sessions.pop(key, None)


@dataclass(frozen=True)
class SignIn:
    """How one visit signs in. Without credentials the page is opened anonymously."""

    credentials: Credentials | None = None
    session: str = ""
    sessions: SessionCache = field(default_factory=SessionCache)

    async def save(self, page: Page) -> None:
        """Stores the cookies of the page's context for later visits. Raises Playwright's errors."""
        self.sessions.put(self.session, (await page.context.storage_state())["cookies"])
