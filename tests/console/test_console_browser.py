"""People use the console in a real browser on the real API, database, socket and storage."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from console_site import Site, Visitors, created_passkey, sign_in
from playwright.async_api import Page, expect
from served_api import ORG, PROMPT

from missions.event import Closed, Planned, Started
from missions.mission import Outcome, Status
from missions.permissions import Role
from missions.plan import Plan
from missions.proposal import RiskLevel

WAIT_MS = 60_000


async def numbers(page: Page) -> list[int]:
    """The numbers of the steps, in the order of the timeline."""
    rows = page.get_by_label("Steps", exact=True).locator("li[data-seq]")
    return [int(await row.get_attribute("data-seq") or 0) for row in await rows.all()]


def planned(n: int) -> Planned:
    """A step with unique content."""
    return Planned(
        plan=Plan.model_validate(
            {"targets": (), "window": 60, "environment": f"e{n}", "actions": (), "decide_within": 600}
        )
    )


async def test_from_prompt_to_approval_by_keyboard(site: Site, visitors: Visitors) -> None:
    """An operator starts a mission and another person approves it, both with the keyboard only."""
    operator, approver = (
        await site.world.member(Role.OPERATOR),
        await site.world.member(Role.APPROVER, name="Ada"),
    )
    page = await visitors.signed_in(operator)
    await page.locator("main").press("c")
    box = page.get_by_label("What is wrong?")
    await expect(box).to_be_focused(timeout=WAIT_MS)
    await page.keyboard.type(PROMPT)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(
        "Checkout answers slowly", timeout=WAIT_MS
    )
    mission_id = page.url.rpartition("/")[2]
    await expect(page.locator("[data-freshness=live]")).to_be_visible(timeout=WAIT_MS)
    opened = await site.world.approval(UUID(mission_id))
    await expect(page.get_by_text("Waiting for one other person")).to_be_visible(timeout=WAIT_MS)

    other = await visitors.signed_in(approver)
    await other.locator("main").press("g")
    await other.keyboard.press("a")
    await other.get_by_role("link", name="Roll back payments").first.focus()
    await other.keyboard.press("Enter")
    card = other.get_by_role("article")
    await expect(card).to_contain_text("payments and checkout", timeout=WAIT_MS)
    await other.get_by_label("Reason (required at this risk)").focus()
    await other.keyboard.type("The evidence fits.")
    approve = other.get_by_role("button", name="Approve")
    await approve.focus()
    await other.keyboard.press("Enter")
    await expect(card).to_contain_text("Approved.", timeout=WAIT_MS)
    steps = page.get_by_role("region", name="Steps")
    await expect(steps.get_by_text("Ada approved")).to_be_visible(timeout=WAIT_MS)
    assert (await operator.http.get(f"/api/approvals/{opened.id}")).json()["status"] == "APPROVED"


async def test_a_denial_needs_its_reason(site: Site, visitors: Visitors) -> None:
    """A denial without a reason is not sent; the card shows the denial only after it was sent with one."""
    operator, approver = await site.world.member(Role.OPERATOR), await site.world.member(Role.APPROVER)
    opened = await site.world.approval(await site.world.mission(operator))
    page = await visitors.signed_in(approver, f"/approvals/{opened.id}")
    await page.get_by_role("button", name="Deny").click()
    await expect(page.get_by_text("Add a reason.")).to_be_visible()
    assert (await approver.http.get(f"/api/approvals/{opened.id}")).json()["status"] == "PENDING"
    await page.get_by_label("Reason (required at this risk)").fill("Not now.")
    await page.get_by_role("button", name="Deny").click()
    await expect(page.get_by_text("Denied. Nothing was changed.")).to_be_visible(timeout=WAIT_MS)


async def test_what_is_high_is_typed(site: Site, visitors: Visitors) -> None:
    """At risk HIGH the target's name must be typed, and one of two votes does not decide."""
    operator, approver = await site.world.member(Role.OPERATOR), await site.world.member(Role.APPROVER)
    opened = await site.world.approval(await site.world.mission(operator), RiskLevel.HIGH)
    page = await visitors.signed_in(approver, f"/approvals/{opened.id}")
    await page.get_by_label("Reason (required at this risk)").fill("The evidence fits.")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("This name does not match the target.")).to_be_visible()
    await page.get_by_label("Type the target's name to approve: payments").fill("payments")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Your vote is in. Another person must decide, too.")).to_be_visible(
        timeout=WAIT_MS
    )
    await expect(page.get_by_text("1 of 2")).to_be_visible()
    assert (await approver.http.get(f"/api/approvals/{opened.id}")).json()["status"] == "PENDING"


async def test_the_api_is_restarted_while_somebody_watches(site: Site, visitors: Visitors) -> None:
    """After a restart of the API the page shows every new step exactly once."""
    operator = await site.world.member(Role.OPERATOR)
    mission_id = await site.world.mission(operator)
    await site.world.journal.append(ORG, mission_id, "agent", Started())
    page = await visitors.signed_in(operator, f"/missions/{mission_id}")
    await expect(page.locator("[data-freshness=live]")).to_be_visible(timeout=WAIT_MS)
    await site.stop()
    await expect(page.locator("[data-freshness=live]")).to_be_hidden(timeout=WAIT_MS)
    await site.start()
    for n in range(5):
        await site.world.journal.append(ORG, mission_id, "agent", planned(n))
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.HEALTHY, reason="Nothing is wrong.")
    last = (await site.world.journal.append(ORG, mission_id, "agent", closed)).event.seq
    await expect(page.locator(f"ol[data-steps='{last}']")).to_be_visible(timeout=40_000)
    assert await numbers(page) == list(range(1, last + 1))
    await expect(page.locator("[data-freshness=live]")).to_be_visible(timeout=WAIT_MS)


async def test_a_viewer_sees_no_buttons(site: Site, visitors: Visitors) -> None:
    """A viewer gets no button for a forbidden action, and the API refuses the action, too."""
    viewer = await site.world.member(Role.VIEWER)
    page = await visitors.signed_in(viewer, "/new")
    await expect(page.get_by_text("You can't start missions")).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_role("button", name="Start mission")).to_have_count(0)
    assert (await viewer.http.post("/api/missions", json={"prompt": PROMPT})).status_code == 403
    assert (await viewer.http.get("/api/users")).status_code == 403


async def test_a_session_ends_and_begins_in_place(site: Site, visitors: Visitors) -> None:
    """After a sign-out elsewhere the page asks for the password in place and then sends the typed text."""
    operator = await site.world.member(Role.OPERATOR)
    page = await visitors.signed_in(operator, "/new")
    await page.get_by_label("What is wrong?").fill(PROMPT)
    assert (await operator.http.post("/api/auth/logout/everywhere")).status_code == 204
    await page.get_by_role("button", name="Start mission").click()
    again = page.get_by_role("dialog", name="Sign in again")
    await expect(again).to_be_visible(timeout=WAIT_MS)
    await again.get_by_label("Password").fill("correct horse battery staple")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(
        "Checkout answers slowly", timeout=WAIT_MS
    )


async def test_a_reload_stays_signed_in(site: Site, visitors: Visitors) -> None:
    """After a reload the cookie, which no script can read, renews the token, which was only in memory."""
    operator = await site.world.member(Role.OPERATOR)
    page = await visitors.signed_in(operator)
    await page.reload()
    await expect(page.get_by_role("navigation", name="Main")).to_be_attached(timeout=WAIT_MS)
    assert await page.evaluate("document.cookie") == ""
    stored = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "eyJ" not in stored


HOSTILE = {
    "markup": "<img src=x onerror=alert(1)><script>alert(2)</script> is slow since noon",
    "bidi": "The service \u202egnitset\u202c is slow\u200b since\ufeff noon",
    "tower": "Checkout" + "\u0336\u0337\u0338\u0321\u0322" * 40 + " is slow since noon",
    "long": "x" * 5000,
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_words_stay_words(site: Site, visitors: Visitors, kind: str) -> None:
    """Markup is shown as text, invisible characters are written out, and no script runs."""
    operator = await site.world.member(Role.OPERATOR)
    mission_id = await site.world.mission(operator, HOSTILE[kind])
    page = await visitors.signed_in(operator, f"/missions/{mission_id}")
    await page.get_by_role("tab", name="Details").click()
    panel = page.get_by_role("tabpanel")
    await expect(panel).to_contain_text("Prompt", timeout=WAIT_MS)
    text = await page.locator("body").inner_text()
    if kind == "markup":
        assert "<script>alert(2)</script>" in text
        assert await page.locator("main img[src=x]").count() == 0
    if kind == "bidi":
        assert "⟨U+202E⟩" in text
        assert "\u202e" not in text
    if kind == "tower":
        assert "\u0336\u0337\u0338" not in text
    width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the page is wider than its window"


AXE = "console/node_modules/axe-core/axe.min.js"
PAGES = (
    "/missions",
    "/new",
    "/approvals",
    "/settings",
    "/admin",
    "/admin?part=organizations",
    "/admin?part=programs",
    "/admin?part=templates",
    "/admin?part=dashboards",
    "/admin?part=policy",
    "/audit",
    "/join#token=once",
    "/missions/{mission}",
    "/missions/{mission}/cause",
    "/missions/{mission}/change",
    "/missions/{mission}/report",
    "/approvals/{approval}",
)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing(site: Site, visitors: Visitors, root: Path, theme: Any) -> None:
    """Every page meets WCAG 2.2 A and AA in both themes."""
    operator = await site.world.member(Role.OPERATOR, Role.ADMIN)
    mission_id = await site.world.mission(operator)
    opened = await site.world.approval(mission_id)
    page = await visitors.signed_in(operator, color_scheme=theme)
    violations: dict[str, list[str]] = {}
    for pattern in PAGES:
        path = pattern.format(mission=mission_id, approval=opened.id)
        await page.goto(site.url + path)
        await expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_role("main").get_by_text("Loading", exact=True)).to_have_count(
            0, timeout=WAIT_MS
        )
        await page.evaluate((root / AXE).read_text())
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        result = await page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
        bad = [
            f"{violation['id']}: {violation['nodes'][0]['html'][:120]}" for violation in result["violations"]
        ]
        if bad:
            violations[pattern] = bad
    assert violations == {}


async def test_a_mission_of_a_template_is_started_once(site: Site, visitors: Visitors) -> None:
    """Filling in a template starts nothing, and a double click starts one mission."""
    operator, admin = await site.world.member(Role.OPERATOR), await site.world.member(Role.ADMIN)
    slow = {"name": "Slow one", "promptTemplate": "{{service}} answers slowly. Find out why."}
    made = (await admin.http.post("/api/templates", json=slow)).json()
    page = await visitors.signed_in(operator, "/new")
    await page.get_by_role("button", name="Slow one").click()
    dialog = page.get_by_role("dialog", name="Slow one")
    await dialog.get_by_label("service").fill("checkout")
    await dialog.get_by_role("button", name="Use template").click()
    await expect(dialog).to_have_count(0, timeout=WAIT_MS)
    box = page.get_by_label("What is wrong?")
    await expect(box).to_have_value("checkout answers slowly. Find out why.", timeout=WAIT_MS)
    assert (await operator.http.get("/api/missions")).json()["missions"] == []
    await page.get_by_role("button", name="Start mission").dblclick()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("checkout", timeout=WAIT_MS)
    assert len((await operator.http.get("/api/missions")).json()["missions"]) == 1
    assert (await operator.http.get(f"/api/templates/{made['id']}")).json()["usageCount"] == 1


async def test_signing_in_says_what_is_wrong(site: Site, visitors: Visitors) -> None:
    """A wrong password stays on the page and shows an error."""
    operator = await site.world.member(Role.OPERATOR)
    page = await visitors.open("/missions")
    await page.get_by_label("E-mail").fill(operator.person.email)
    await page.get_by_label("Password", exact=True).fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text(
        "E-mail address or password is wrong.", timeout=WAIT_MS
    )
    await sign_in(page, operator)
    await expect(page.get_by_role("navigation", name="Main")).to_be_attached(timeout=WAIT_MS)


async def test_a_passkey_is_made_and_signs_in(site: Site, visitors: Visitors) -> None:
    """A passkey of Chromium's virtual device is created, listed, used to sign in, and removed."""
    member = await site.world.member(Role.OPERATOR)
    page = await visitors.signed_in(member, "/settings")
    passkey = await created_passkey(page)
    await page.locator("main").get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(passkey).to_contain_text("last used", timeout=WAIT_MS)
    await passkey.get_by_role("button", name="Remove").click()
    await expect(passkey).to_have_count(0, timeout=WAIT_MS)
    assert (await member.http.get("/api/auth/passkeys")).json() == {"passkeys": []}
