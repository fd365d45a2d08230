"""`make screens`: takes a picture of every screen and state, in all widths and themes, into docs/screens."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from console_site import Site, Visitors, sign_in
from playwright.async_api import Browser, Page, expect
from recorded_incident import RecordedIncident
from served_api import Member

from missions.permissions import Role
from missions.proposal import RiskLevel
from missions.verification import Recovery
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
QUERIED_PAGE = {
    "id": "widgets",
    "path": "/d/widgets",
    "title": "Widgets",
    "queries": [
        {"panel": "Failures", "query": "sum(rate(widget_failures_total[30m]))"},
        {"panel": "State", "query": "avg(widget_state)"},
        {"panel": "Broken", "query": "rate(widget_failures_total["},
    ],
}
CLICKED = {"measures": ("details summary",), "measures-state": ("details summary", "text=State it")}
"""What is clicked before the picture is taken."""
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
QUERIED = {
    "name": "metrics",
    "type": "prometheus",
    "baseUrl": "http://127.0.0.1:9090",
    "config": {"pages": [QUERIED_PAGE], "window": "PT15M", "environment": "production"},
}
"""A dashboard with a warning of each kind that its queries can have."""


async def screen_paths(site: Site, browser: Browser, servers: Addresses, reader: Member) -> dict[str, str]:
    """The path of every screen by its name, after the content of the screens is created."""
    operator = await site.world.member(Role.OPERATOR, name="Olivia Operator")
    storage = S3Artifacts(servers.bucket("missions"))
    for dashboard in (SHOP, QUERIED):
        assert (await reader.http.post("/api/dashboards", json=dashboard)).is_success
    program = {"name": "deployer", "roles": ["OPERATOR"]}
    added = (await reader.http.post("/api/service-accounts", json=program)).json()
    key = {"name": "pipeline", "roles": ["OPERATOR"]}
    made = await reader.http.post(f"/api/service-accounts/{added['id']}/keys", json=key)
    assert made.is_success, made.text
    assert (await reader.http.post("/api/templates", json=SLOW)).is_success
    assert (await reader.http.post("/api/orgs", json={"slug": "second", "name": "Second shop"})).is_success
    try:
        incident = RecordedIncident(site, browser, storage, operator)
        failing = "Customers report failing checkouts since noon. Fix it."
        done = await incident.ended(failing, reader, Recovery.RECOVERED)
        later = datetime.now(UTC) + timedelta(minutes=10)
        so_far = await incident.ended("Orders fail for some. Fix it.", reader, Recovery.RECOVERED, later)
        elsewhere = await incident.ended("Web is slow. Fix it.", reader, Recovery.STILL_BAD_ELSEWHERE)
        again = await incident.relapsed("Payments fail again and again. Fix it.", reader)
        unclear = await incident.inconclusive("Search has felt slow since the weekend. Why?")
        live = await incident.guessed("Errors rise at web. Which service causes it?")
        fresh = await site.world.mission(operator, "The nightly export is late again. Find out why.")
        _, opened = await incident.asked("Payments fail for some cards. Find the cause and fix it.")
        urgent = "Roll the payment service back, it is urgent."
        _, high = await incident.asked(urgent, RiskLevel.HIGH, cluster="east")
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
        "measures": f"/missions/{done}",
        "measures-state": f"/missions/{done}",
        "cause": f"/missions/{done}/cause",
        "cause-inconclusive": f"/missions/{unclear}/cause",
        "cause-so-far": f"/missions/{live}/cause",
        "cause-not-yet": f"/missions/{fresh}/cause",
        "change": f"/missions/{done}/change",
        "change-so-far": f"/missions/{so_far}/change",
        "change-elsewhere": f"/missions/{elsewhere}/change",
        "change-relapsed": f"/missions/{again}/change",
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
                    for selector in CLICKED.get(name, ()):
                        await page.locator(selector).first.click(timeout=WAIT_MS)
                    await page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
                    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    if await page.evaluate(over) > 0:
                        wide.append(f"{name} at {width}")
                await page.context.close()
    assert wide == []
