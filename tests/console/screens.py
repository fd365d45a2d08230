"""`make screens`: takes a picture of every screen and state, in all widths and themes, into docs/screens."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from console_site import Site, Visitors, sign_in
from playwright.async_api import Browser, Page, expect
from recorded_incident import RecordedIncident
from served_api import Member

from missions.permissions import Role
from missions.proposal import RiskLevel
from runtime.local.servers import Addresses
from stores.s3 import S3Artifacts

WIDTHS = {390: 844, 768: 1024, 1440: 900}
WAIT_MS = 60_000
SHOWN = """() => Promise.all([...document.images].map(one => {
    one.loading = "eager";
    return one.decode().catch(() => {});
}))"""
"""Loads all images, including those below the window, which are otherwise fetched on scrolling."""
PAGE_WITH_ALL = {
    "id": "payments",
    "path": "/d/payments",
    "title": "Shop / payments",
    "panels": ["errors", "latency"],
}
ENTRY_PAGES = {"welcome": "/welcome#token=once", "join": "/join#token=once"}
SLOW = {
    "name": "Slow service",
    "description": "One service answers slowly since a known time.",
    "category": "latency",
    "promptTemplate": "{{service}} answers slowly since {{time}}. Find out why.",
    "tags": ["checkout"],
}
SHOP = {
    "name": "shop",
    "type": "grafana",
    "baseUrl": "http://127.0.0.1:3000",
    "config": {"pages": [PAGE_WITH_ALL], "environment": "production", "actions": ["rollback", "restart"]},
}


async def screen_paths(site: Site, browser: Browser, servers: Addresses, reader: Member) -> dict[str, str]:
    """The path of every screen by its name, after the content of the screens is created."""
    operator = await site.world.member(Role.OPERATOR, name="Olivia Operator")
    storage = S3Artifacts(servers.bucket("missions"))
    assert (await reader.http.post("/api/dashboards", json=SHOP)).is_success
    program = {"name": "deployer", "roles": ["OPERATOR"]}
    added = (await reader.http.post("/api/service-accounts", json=program)).json()
    key = {"name": "pipeline", "roles": ["OPERATOR"]}
    made = await reader.http.post(f"/api/service-accounts/{added['id']}/keys", json=key)
    assert made.is_success, made.text
    assert (await reader.http.post("/api/templates", json=SLOW)).is_success
    assert (await reader.http.post("/api/orgs", json={"slug": "second", "name": "Second shop"})).is_success
    try:
        incident = RecordedIncident(site, browser, storage, operator)
        done = await incident.recovered("Customers report failing checkouts since noon. Fix it.", reader)
        unclear = await incident.inconclusive("Search has felt slow since the weekend. Why?")
        live = await incident.guessed("Errors rise at web. Which service causes it?")
        fresh = await site.world.mission(operator, "The nightly export is late again. Find out why.")
        _, opened = await incident.asked("Payments fail for some cards. Find the cause and fix it.")
        _, high = await incident.asked("Roll the payment service back, it is urgent.", RiskLevel.HIGH)
        invited = {"email": "ines@shop.example", "roles": ["OPERATOR", "APPROVER"]}
        assert (await reader.http.post("/api/invitations", json=invited)).is_success
        grouped = {"groups": ["payments-oncall"]}
        assert (await reader.http.patch(f"/api/users/{operator.person.id}", json=grouped)).is_success
    finally:
        await storage.close()
    return {
        "missions": "/missions",
        "missions-empty": "/missions?q=nothing-like-this",
        "new": "/new",
        "live": f"/missions/{live}",
        "live-ended": f"/missions/{done}",
        "cause": f"/missions/{done}/cause",
        "cause-inconclusive": f"/missions/{unclear}/cause",
        "cause-so-far": f"/missions/{live}/cause",
        "cause-not-yet": f"/missions/{fresh}/cause",
        "change": f"/missions/{done}/change",
        "change-nothing": f"/missions/{unclear}/change",
        "report": f"/missions/{done}/report",
        "approvals": "/approvals",
        "approval": f"/approvals/{opened.id}",
        "approval-high": f"/approvals/{high.id}",
        "admin": "/admin",
        "admin-organizations": "/admin?part=organizations",
        "admin-programs": "/admin?part=programs",
        "admin-templates": "/admin?part=templates",
        "admin-dashboards": "/admin?part=dashboards",
        "admin-policy": "/admin?part=policy",
        "audit": "/audit",
        "settings": "/settings",
        "not-here": f"/missions/{reader.person.id}",
        "lost": "/no-such-page",
    }


async def _settled(page: Page) -> None:
    """Waits until the page has loaded: no skeleton, no spinner, every picture decoded."""
    await expect(page.locator("h1:visible, p:visible").first).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_text("Loading", exact=True)).to_have_count(0, timeout=WAIT_MS)
    await expect(page.locator("main .animate-pulse-soft")).to_have_count(0, timeout=WAIT_MS)
    await page.evaluate(SHOWN)


@pytest.mark.timeout(550)
async def test_every_screen(site: Site, browser: Browser, servers: Addresses, root: Path) -> None:
    """No page is wider than its window; the pictures are taken for a person to look at."""
    folder = root / "docs" / "screens"
    folder.mkdir(exist_ok=True)
    all_roles = (Role.OPERATOR, Role.APPROVER, Role.ADMIN, Role.AUDITOR)
    reader = await site.world.member(*all_roles, name="Ada Approver")
    screens = await screen_paths(site, browser, servers, reader)
    wide: list[str] = []
    async with AsyncExitStack() as until:
        visitors = Visitors(browser, site, until)
        for width, height in WIDTHS.items():
            for theme in ("light", "dark"):
                context: dict[str, Any] = {
                    "viewport": {"width": width, "height": height},
                    "color_scheme": theme,
                    "reduced_motion": "reduce",
                }
                page = await visitors.open("/missions", **context)
                await page.screenshot(path=folder / f"sign-in-{width}-{theme}.png")
                for name, path in ENTRY_PAGES.items():
                    await page.goto(site.url + path)
                    await expect(page.get_by_role("button").first).to_be_visible(timeout=WAIT_MS)
                    await page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
                await page.context.close()
                page = await visitors.open("/missions", **context)
                await sign_in(page, reader)
                await expect(page.get_by_label("E-mail")).to_have_count(0, timeout=WAIT_MS)
                for name, path in screens.items():
                    await page.goto(site.url + path)
                    await _settled(page)
                    await page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
                    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    if await page.evaluate(over) > 0:
                        wide.append(f"{name} at {width}")
                await page.context.close()
    assert wide == []
