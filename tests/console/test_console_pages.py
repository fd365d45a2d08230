"""The list of missions and the administration in a real browser on the real API."""

from console_site import Site, Visitors
from playwright.async_api import expect

from missions.permissions import Role

WAIT_MS = 60_000


async def test_a_row_leads_to_its_mission(site: Site, visitors: Visitors) -> None:
    """A click anywhere on a row, or j and Enter, opens its mission; with Ctrl in a new tab."""
    operator = await site.world.member(Role.OPERATOR)
    older = await site.world.mission(operator, "The nightly export is late. Find out why.")
    newer = await site.world.mission(operator, "Search answers slowly. Find out why.")
    page = await visitors.signed_in(operator, "/missions?view=mine")
    rows = page.locator("[data-row]")
    await expect(rows).to_have_count(2, timeout=WAIT_MS)
    await rows.nth(0).click(position={"x": 800, "y": 10})
    await expect(page).to_have_url(f"{site.url}/missions/{newer}", timeout=WAIT_MS)
    await page.go_back()
    await expect(rows).to_have_count(2, timeout=WAIT_MS)
    await page.locator("main").press("Escape")
    await page.evaluate("document.activeElement.blur()")
    for row in range(2):
        await page.keyboard.press("j")
        await expect(rows.nth(row).get_by_role("link")).to_be_focused(timeout=WAIT_MS)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/missions/{older}", timeout=WAIT_MS)
    await page.go_back()
    async with page.context.expect_page() as opened:
        await rows.nth(1).get_by_role("link").click(modifiers=["Control"])
    await (await opened.value).wait_for_url(f"**/missions/{older}", wait_until="commit")
    await expect(page).to_have_url(f"{site.url}/missions?view=mine")


async def test_a_key_moves_the_focus_at_once(site: Site, visitors: Visitors) -> None:
    """A key moves the focus before the page renders, so that Enter after j opens the right mission."""
    operator = await site.world.member(Role.OPERATOR)
    for n in range(3):
        await site.world.mission(operator, f"Export number {n} is late. Find out why.")
    page = await visitors.signed_in(operator, "/missions?view=mine")
    await page.locator("[data-row='0'] a").focus()
    pressed = """key => {
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
      return document.activeElement.closest('[data-row]').dataset.row;
    }"""
    assert [await page.evaluate(pressed, key) for key in ("j", "j", "k")] == ["1", "2", "1"]


async def test_the_focus_stays_on_its_mission(site: Site, visitors: Visitors) -> None:
    """The focused row keeps its element while the list scrolls or changes."""
    operator = await site.world.member(Role.OPERATOR)
    for n in range(40):
        await site.world.mission(operator, f"Report number {n} is late. Find out why.")
    page = await visitors.signed_in(operator, "/missions?view=mine")
    await page.locator("[data-row='20'] a").focus()
    script = "document.activeElement.textContent"
    before = await page.evaluate(script)
    assert "Report number" in before
    for top in (150, 300, 60):
        await page.locator("[role=table]").evaluate("(table, top) => { table.scrollTop = top }", top)
        await page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        assert await page.evaluate(script) == before


async def test_the_policy_says_what_would_happen(site: Site, visitors: Visitors) -> None:
    """An approver sees the policy's rules, checks a rollback, and sees which rule would decide."""
    approver = await site.world.member(Role.APPROVER)
    page = await visitors.signed_in(approver, "/admin?part=policy")
    await expect(page.get_by_text("agents-never-act-on-critical")).to_be_visible(timeout=WAIT_MS)
    await page.get_by_label("Service").fill("payments")
    await page.get_by_role("button", name="Check", exact=True).click()
    await expect(page.get_by_text("One other person must approve")).to_be_visible(timeout=WAIT_MS)
    decided = page.locator("li[aria-current]")
    await expect(decided).to_contain_text("a-person-agrees-to-rollbacks")


async def test_groups_are_given_and_an_invitation_is_revoked(site: Site, visitors: Visitors) -> None:
    """An administrator changes a person's groups and revokes an invitation; the API then agrees."""
    admin = await site.world.member(Role.ADMIN)
    gina = await site.world.member(Role.APPROVER, name="Gina")
    page = await visitors.signed_in(admin, "/admin")
    await expect(page.get_by_role("button", name="Groups of").first).to_be_visible(timeout=WAIT_MS)
    if await page.get_by_role("button", name="More").count():
        await page.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="Groups of Gina").click()
    await page.get_by_label("Groups", exact=True).fill("dba, payments-oncall")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("dba, payments-oncall")).to_be_visible(timeout=WAIT_MS)
    await page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail").fill("ines@shop.example")
    await dialog.get_by_role("button", name="Invite").click()
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_text("ines@shop.example")).to_be_visible(timeout=WAIT_MS)
    await page.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("ines@shop.example")).to_have_count(0, timeout=WAIT_MS)
    assert "ines@shop.example" not in (await admin.http.get("/api/invitations")).text
    assert (await admin.http.get(f"/api/users/{gina.person.id}")).json()["groups"] == [
        "dba",
        "payments-oncall",
    ]
