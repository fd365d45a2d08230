"""The console with an API that can be stopped and restarted, and browsers whose errors are collected."""

from contextlib import AsyncExitStack
from typing import Any

from loopback import served
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, expect
from served_api import ORG, PASSWORD, Member, World, api_settings

from api.application import create_app
from api.headers import REPORTS
from runtime.local.servers import Addresses

DEADLINE_MS = 60_000
NOISE = ("Failed to load resource", "WebSocket connection to")
"""Chromium's own messages when a server is unreachable or returns an error."""


class Site:
    """The API with its console at one address; it can be stopped and restarted at that address."""

    def __init__(self, places: Addresses, urls: Any, port: int, **settings: Any) -> None:
        self.url = f"http://localhost:{port}"  # a passkey belongs to a host name, not to an IP address
        changes = {"public_url": self.url, "allowed_origins": ()} | settings
        self._settings = api_settings(places, urls.api, **changes)
        self.places, self._urls, self._port = places, urls, port
        self._until = AsyncExitStack()

    async def start(self) -> None:
        """Serves it with a new application object."""
        app = create_app(self._settings)
        await self._until.enter_async_context(served(app, self._port))
        self.world = World(app, self.url, self.places, self._urls, self._until)
        await self.world.people.add_org(ORG, ORG)
        self._until.push_async_callback(self.world.close)

    async def stop(self) -> None:
        """Closes every connection and the port."""
        await self._until.aclose()


class Visitors:
    """Browsers of several people; errors and warnings of their pages are collected."""

    def __init__(self, browser: Browser, site: Site, until: AsyncExitStack) -> None:
        self._browser, self._site, self._until = browser, site, until
        self.complaints: list[str] = []

    async def open(self, path: str = "/missions", **context: Any) -> Page:
        """A page of the console before any sign-in."""
        made = await self._browser.new_context(
            **({"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"} | context)
        )
        self._until.push_async_callback(made.close)
        page = await made.new_page()
        page.set_default_timeout(DEADLINE_MS)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._hear)
        page.on("request", self._see)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        await page.goto(self._site.url + path)
        return page

    async def signed_in(self, member: Member, path: str = "/missions", **context: Any) -> Page:
        """The page after this person signed in."""
        page = await self.open(path, **context)
        await sign_in(page, member)
        await page.get_by_role("navigation", name="Main").wait_for(state="attached")
        return page

    def _see(self, request: Request) -> None:
        if request.url.endswith(REPORTS):
            self.complaints.append(f"policy: {request.post_data}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(NOISE):
            self.complaints.append(message.text)


async def sign_in(page: Page, member: Member) -> None:
    """Signs in with the keyboard only."""
    await page.get_by_label("E-mail").fill(member.person.email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")


async def created_passkey(page: Page) -> Locator:
    """The list item of a new passkey of Chromium's virtual device; the page shows the settings."""
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True}
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    panel = page.locator("section", has=page.get_by_role("heading", name="Passkeys"))
    await panel.get_by_label("Name").fill("Laptop")
    await panel.get_by_role("button", name="Create passkey").click()
    passkey = panel.get_by_role("listitem")
    await expect(passkey).to_contain_text("Laptop", timeout=DEADLINE_MS)
    return passkey
