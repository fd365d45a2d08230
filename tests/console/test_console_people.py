"""Several people with different permissions, in real browsers on the real API, database and socket."""

import re
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from console_site import Site, Visitors
from loopback import dead_port
from playwright.async_api import Browser, Page, expect
from served_api import ORG, PASSWORD, PROMPT, Member, copied

from adapters.notifiers.sockets import SocketNotifier
from missions.approval import Approval
from missions.event import Closed
from missions.mission import Outcome, Status
from missions.permissions import Role
from missions.proposal import RiskLevel
from runtime.bootstrap import first_token
from runtime.local.servers import Addresses
from stores.socketio_internals import close_channel
from stores.sockets import SocketAnnouncer, approval_rooms, reminder_rooms, sockets_of

WAIT_MS = 60_000
REASON = "Reason (required at this risk)"


async def fill(page: Page, **fields: str) -> None:
    for label, value in fields.items():
        await page.get_by_label(label.replace("_", " "), exact=True).fill(value)


async def link_of(page: Page) -> str:
    """The link that a dialog shows once, without its origin."""
    shown = page.get_by_role("dialog").locator("code")
    await expect(shown).to_be_visible(timeout=WAIT_MS)
    return "/" + (await shown.inner_text()).split("/", 3)[3]


async def test_from_nothing_to_a_first_approval(servers: Addresses, template: str, browser: Browser) -> None:
    """A one-time link creates the administrator, and an invited second person approves a mission."""
    async with copied(servers, template) as urls, AsyncExitStack() as until:
        fresh = Site(servers, urls, dead_port())
        await fresh.start()
        until.push_async_callback(fresh.stop)
        visitors = Visitors(browser, fresh, until)
        token = await first_token(urls.owner, ORG)
        page = await visitors.open(f"/welcome#token={token}")
        await fill(page, Name="Ada", **{"E-mail": "ada@shop.example"}, Password=PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("No missions yet")).to_be_visible(timeout=WAIT_MS)
        assert token not in page.url

        await page.goto(fresh.url + "/admin")
        await page.get_by_role("button", name="Invite").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("E-mail").fill("ben@shop.example")
        await dialog.get_by_label("Approver").check()
        await dialog.get_by_role("button", name="Invite").click()
        other = await visitors.open(await link_of(page))
        await fill(other, Name="Ben", Password="a staple of another horse")
        await other.get_by_role("button", name="Join").click()
        await other.get_by_role("link", name="Sign in").click()
        await fill(other, **{"E-mail": "ben@shop.example"}, Password="a staple of another horse")
        await other.keyboard.press("Enter")
        await expect(other.get_by_role("navigation", name="Main")).to_be_attached(timeout=WAIT_MS)

        await page.goto(fresh.url + "/new")
        await page.get_by_label("What is wrong?").fill(PROMPT)
        await page.get_by_role("button", name="Start mission").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Checkout", timeout=WAIT_MS)
        ada = await fresh.world.signed_in("ada@shop.example")
        started = (await ada.http.get("/api/missions")).json()["missions"][0]
        opened = await fresh.world.approval(UUID(started["id"]))

        await other.goto(f"{fresh.url}/approvals/{opened.id}")
        await other.get_by_label(REASON).fill("The evidence fits.")
        await other.get_by_role("button", name="Approve").click()
        await expect(other.get_by_text("Approved.", exact=True)).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_text("Ben approved").first).to_be_visible(timeout=WAIT_MS)
        assert visitors.complaints == []


async def card(visitors: Visitors, member: Member, opened: Approval) -> Page:
    page = await visitors.signed_in(member, f"/approvals/{opened.id}")
    await expect(page.locator("[data-freshness=live]")).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_label(REASON)).to_be_visible(timeout=WAIT_MS)
    return page


async def approve(page: Page) -> None:
    await page.get_by_label(REASON).fill("The evidence fits.")
    await page.get_by_label("Type the target's name to approve: payments").fill("payments")
    await page.get_by_role("button", name="Approve").click()


async def test_two_people_see_each_other_decide(site: Site, visitors: Visitors) -> None:
    """Two people with the same open card both see "1 of 2" after the first vote and then the approval."""
    operator = await site.world.member(Role.OPERATOR)
    opened = await site.world.approval(await site.world.mission(operator), RiskLevel.HIGH)
    ada, ben = [await site.world.member(Role.APPROVER, name=name) for name in ("Ada Two", "Ben Two")]
    first, second = await card(visitors, ada, opened), await card(visitors, ben, opened)
    await approve(first)
    for page in (first, second):
        await expect(page.get_by_text("1 of 2")).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_role("article").get_by_text("Ada Two")).to_be_visible(timeout=WAIT_MS)
    await expect(first.get_by_role("button", name="Approve")).to_have_count(0)
    await approve(second)
    for page in (first, second):
        await expect(page.get_by_text("2 of 2")).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_text("Approved.", exact=True)).to_be_visible(timeout=WAIT_MS)
    assert await site.world.votes(opened.id) == 2


async def test_one_denial_ends_it_for_the_other(site: Site, visitors: Visitors) -> None:
    """After a denial the other person's open card shows it and has no button to approve."""
    operator = await site.world.member(Role.OPERATOR)
    opened = await site.world.approval(await site.world.mission(operator), RiskLevel.HIGH)
    ada, ben = await site.world.member(Role.APPROVER), await site.world.member(Role.APPROVER)
    first, second = await card(visitors, ada, opened), await card(visitors, ben, opened)
    await second.get_by_label(REASON).fill("The evidence fits.")
    await first.get_by_label(REASON).fill("Not while the sale runs.")
    await first.get_by_role("button", name="Deny").click()
    for page in (first, second):
        await expect(page.get_by_text("Denied. Nothing was changed.")).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(second.get_by_text("Not while the sale runs.")).to_be_visible(timeout=WAIT_MS)


async def test_what_nobody_decides_expires(site: Site, visitors: Visitors) -> None:
    """An expired approval loses its buttons without a reload, and the server refuses a late vote."""
    operator, approver = await site.world.member(Role.OPERATOR), await site.world.member(Role.APPROVER)
    opened = await site.world.approval(await site.world.mission(operator), window_s=8)
    page = await visitors.signed_in(approver, f"/approvals/{opened.id}")
    await expect(page.get_by_role("article")).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_text("Expired. Nothing was changed.")).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    late = {"status": "APPROVED", "notes": "Late.", "actionHash": opened.action_hash}
    response = await approver.http.patch(f"/api/approvals/{opened.id}/respond", json=late)
    assert response.status_code in (409, 410), response.text
    await site.world.desk.resolve(ORG, opened.id)
    await page.reload()
    await expect(page.get_by_role("article").get_by_text("Expired", exact=True)).to_be_visible(
        timeout=WAIT_MS
    )


async def test_a_token_that_is_over_is_renewed_in_place(
    site: Site, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the access token expires, the page renews it and sends the typed text without a question."""
    operator = await site.world.member(Role.OPERATOR)
    page = await visitors.signed_in(operator, "/new")
    await page.get_by_label("What is wrong?").fill(PROMPT)
    refused: list[str] = []
    page.on("response", lambda response: refused.append(response.url) if response.status == 401 else None)
    monkeypatch.setattr(site.world.tokens, "_issuer", "from now on")  # invalidates the issued tokens
    await page.get_by_role("button", name="Start mission").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Checkout", timeout=WAIT_MS)
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert f"{site.url}/api/missions" in refused


async def test_people_are_told_wherever_they_are(site: Site, visitors: Visitors) -> None:
    """On any page an approver is notified of an open approval, and the requester of the mission's end."""
    operator, approver = await site.world.member(Role.OPERATOR), await site.world.member(Role.APPROVER)
    mission = await site.world.mission(operator)
    requester_page = await visitors.signed_in(operator, "/settings")
    approver_page = await visitors.signed_in(approver, "/settings")
    for page in (requester_page, approver_page):
        await expect(page.locator("[data-freshness=live]")).to_be_visible(timeout=WAIT_MS)
    channel = sockets_of(site.places.redis_urls["missions"])
    announcer = SocketAnnouncer(channel)
    notifier = SocketNotifier(announcer.emit, approval_rooms, reminder_rooms)
    opened = await site.world.approval(mission)
    await notifier.ask(ORG, opened)
    notices = approver_page.get_by_role("region", name="Notifications")
    await expect(notices.get_by_text("Approval requested: Roll back payments")).to_be_visible(timeout=WAIT_MS)
    await expect(approver_page).to_have_title(re.compile(r"^\(\d+\) OPS-Agent$"), timeout=WAIT_MS)
    await expect(requester_page.get_by_text("Approval requested")).to_have_count(0)
    await notices.get_by_role("link", name="Open").click()
    await expect(approver_page.get_by_label(REASON)).to_be_visible(timeout=WAIT_MS)
    end = Closed(status=Status.COMPLETED, outcome=Outcome.RECOVERED, reason="Everything is fine again.")
    await announcer.announce(ORG, await site.world.journal.append(ORG, mission, "agent", end))
    requester_notices = requester_page.get_by_role("region", name="Notifications")
    await expect(requester_notices.get_by_text("Everything is fine again.")).to_be_visible(timeout=WAIT_MS)
    await announcer.close()
    await close_channel(channel)


REFUSED = (
    ("POST", "/api/missions", {"prompt": PROMPT}),
    ("GET", "/api/missions/quota", None),
    ("POST", "/api/missions/{mission}/cancel", None),
    (
        "PATCH",
        "/api/approvals/{approval}/respond",
        {"status": "DENIED", "notes": "x", "actionHash": "0" * 64},
    ),
    ("GET", "/api/users", None),
    ("POST", "/api/invitations", {"email": "x@shop.example", "roles": ["ADMIN"]}),
    ("GET", "/api/audit", None),
    ("POST", "/api/orgs", {"slug": "mine", "name": "Mine"}),
    ("GET", "/api/service-accounts", None),
    ("POST", "/api/announcements", {"text": "Hello."}),
)


async def test_a_viewer_has_no_button_that_acts(site: Site, visitors: Visitors) -> None:
    """Pages offer a viewer only permitted actions, and the API refuses all others."""
    operator, viewer = await site.world.member(Role.OPERATOR), await site.world.member(Role.VIEWER)
    mission = await site.world.mission(operator)
    opened = await site.world.approval(mission)
    page = await visitors.signed_in(viewer)
    offered: set[str] = set()
    for path in ("/missions", "/new", "/approvals", "/admin", "/audit", f"/missions/{mission}"):
        await page.goto(site.url + path)
        await expect(page.locator("main h1, main p").first).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_text("Loading", exact=True)).to_have_count(0, timeout=WAIT_MS)
        offered |= set(await page.locator("main button:visible").all_inner_texts())
    assert {button.strip() for button in offered} <= {"", "Try again"}
    assert await page.get_by_role("link", name="New mission").count() == 0
    for method, path, body in REFUSED:
        where = path.format(mission=mission, approval=opened.id)
        response = await viewer.http.request(method, where, json=body)
        assert response.status_code in (403, 404), f"{method} {where}: {response.status_code}"
    assert (await operator.http.get(f"/api/missions/{mission}")).json()["mission"]["finishedAt"] is None
