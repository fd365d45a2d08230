"""A HIGH approval whose approver signed in long ago: the console asks for a new proof of identity."""

import time
from contextlib import AsyncExitStack

import pyotp
import pytest
from console_site import Site, Visitors, created_passkey
from local_issuer import CLIENT, SECRET, LocalIssuer
from loopback import dead_port, served
from playwright.async_api import Browser, Locator, Page, Response, expect
from served_api import PASSWORD, Member, copied
from sqlalchemy import text

from missions.approval import Approval
from missions.permissions import Role
from missions.proposal import RiskLevel
from runtime.local.servers import Addresses
from runtime.setting_types import OidcProvider

WAIT_MS = 60_000
OPEN_S = 10
"""The next poll came 2 to 5 s after the dialog opened, and closed it."""


async def approval_of(site: Site, member: Member) -> Approval:
    """An approval of risk HIGH that lacks this person's vote only."""
    operator, other = await site.world.member(Role.OPERATOR), await site.world.member(Role.APPROVER)
    opened = await site.world.approval(await site.world.mission(operator), RiskLevel.HIGH)
    body = {
        "status": "APPROVED",
        "notes": "Yes.",
        "actionHash": opened.action_hash,
        "typedTarget": "payments",
    }
    answer = await other.http.patch(f"/api/approvals/{opened.id}/respond", json=body)
    assert answer.status_code == 200, answer.text
    assert other.person.id != member.person.id
    return opened


async def signed_in_long_ago(site: Site, member: Member) -> None:
    """Makes the last proof of identity of all the person's sessions ten minutes old."""
    change = text(
        "UPDATE shared.sessions SET authenticated_at = authenticated_at - interval '10 minutes'"
        " WHERE person_id = :person"
    )
    async with site.world.owner.transaction() as session:
        await session.execute(change, {"person": member.person.id})


async def approve(site: Site, page: Page, member: Member, opened: Approval) -> Locator:
    """Votes with an old proof of identity; returns the dialog that asks for a new one."""
    await signed_in_long_ago(site, member)
    await page.goto(f"{site.url}/approvals/{opened.id}")
    await page.get_by_label("Reason (required at this risk)").fill("The evidence fits.")
    await page.get_by_label("Type the target's name to approve: payments").fill("payments")
    await page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    await expect(dialog).to_be_visible(timeout=WAIT_MS)
    return dialog


async def is_approved(page: Page) -> None:
    await expect(page.get_by_text("Approved.", exact=True)).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_au17_the_question_stays_until_the_identity_is_proved(
    site: Site, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither polls nor a renewed session close the dialog; the password and a code do."""
    member = await site.world.member(Role.APPROVER)
    opened = await approval_of(site, member)
    page = await visitors.signed_in(member)
    key = (await member.http.post("/api/auth/totp")).json()["key"]
    confirmed = await member.http.post("/api/auth/totp/confirm", json={"code": pyotp.TOTP(key).now()})
    assert confirmed.is_success, confirmed.text
    dialog = await approve(site, page, member, opened)
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108  Playwright wraps functions only
    monkeypatch.setattr(site.world.tokens, "_issuer", "from now on")  # the next poll gets 401
    began = time.monotonic()
    while time.monotonic() - began < OPEN_S or not any(
        response.url.endswith("/auth/refresh") and response.ok for response in responses
    ):
        await page.wait_for_event("response", timeout=WAIT_MS)
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    async with site.world.owner.transaction() as session:  # makes the code count as used in an earlier period
        forget = text("UPDATE shared.totp SET last_step = 0 WHERE person_id = :id")
        await session.execute(forget, {"id": member.person.id})
    await dialog.get_by_label("Code", exact=False).fill(pyotp.TOTP(key).now())
    await page.keyboard.press("Enter")
    await is_approved(page)
    assert await site.world.votes(opened.id) == 2


async def test_au17_giving_up_sends_nothing(site: Site, visitors: Visitors) -> None:
    """Closing the dialog leaves the approval as it was, with the text that was typed."""
    member = await site.world.member(Role.APPROVER)
    opened = await approval_of(site, member)
    page = await visitors.signed_in(member)
    dialog = await approve(site, page, member, opened)
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_label("Reason (required at this risk)")).to_have_value("The evidence fits.")
    assert await site.world.votes(opened.id) == 1


async def test_au17_a_passkey_proves_the_identity(site: Site, visitors: Visitors) -> None:
    """A passkey of Chromium's virtual device answers the question, in the same session."""
    member = await site.world.member(Role.APPROVER)
    opened = await approval_of(site, member)
    page = await visitors.signed_in(member, "/settings")
    await created_passkey(page)
    sessions = len((await member.http.get("/api/auth/sessions")).json()["sessions"])
    dialog = await approve(site, page, member, opened)
    await dialog.get_by_role("button", name="Sign in with a passkey").click()
    await is_approved(page)
    assert len((await member.http.get("/api/auth/sessions")).json()["sessions"]) == sessions


async def test_au17_a_provider_proves_the_identity(
    servers: Addresses, template: str, browser: Browser
) -> None:
    """The browser goes to the provider, which asks again, and comes back in the same session."""
    issuer = LocalIssuer()
    async with copied(servers, template) as urls, served(issuer.app) as url, AsyncExitStack() as until:
        issuer.url, issuer.subject, issuer.session_age_s = url, "approver", 3600
        provider = OidcProvider(name="local", issuer=url, client_id=CLIENT, client_secret=SECRET)
        site = Site(servers, urls, dead_port(), oidc_providers=(provider,))
        await site.start()
        until.push_async_callback(site.stop)
        visitors = Visitors(browser, site, until)
        member = await site.world.member(Role.APPROVER)
        opened = await approval_of(site, member)
        page = await visitors.signed_in(member, "/settings")
        await page.get_by_role("button", name="Connect").click()
        await expect(page.get_by_role("button", name="Disconnect")).to_be_visible(timeout=WAIT_MS)
        dialog = await approve(site, page, member, opened)
        async with page.expect_response(lambda response: "/oauth/local/callback" in response.url):
            await dialog.get_by_role("button", name="Sign in with local").click()
        await page.wait_for_load_state()
        await expect(page.get_by_label("Reason (required at this risk)")).to_have_value("", timeout=WAIT_MS)
        await page.get_by_label("Reason (required at this risk)").fill("The evidence fits.")
        await page.get_by_label("Type the target's name to approve: payments").fill("payments")
        await page.get_by_role("button", name="Approve").click()
        await is_approved(page)
        assert visitors.complaints == []
