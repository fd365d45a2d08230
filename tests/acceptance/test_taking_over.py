"""On the running product, a person controls a mission's browser in the console, and the mission continues."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright, expect

from api.routes.console import FILES
from cli.client import ApiClient
from cli.follow import Follower

pytestmark = pytest.mark.timeout(240)
CANARY = "canary-password-77e1"
WAIT_MS = 60_000
FORM = """<!doctype html>
<style>body { margin: 0 } input, button { display: block; width: 640px; height: 72px }</style>
<form method=post><input name=user><input name=word type=password><button>Sign in</button></form>"""
INSIDE = """<!doctype html><section data-panel-id=p data-panel-title=P data-state=loading>P</section><script>
fetch('/api/v1/query_range?query=q', {headers: {'X-Panel-Id': 'p'}}).then(
  () => document.querySelector('section').dataset.state = 'ready');</script>"""
SERIES = [{"metric": {"service": "web"}, "values": [[1772366400, "2"]]}]


@asynccontextmanager
async def guarded() -> AsyncIterator[str]:
    """A dashboard that requires a login."""

    async def page(request: web.Request) -> web.Response:
        signed_in = request.cookies.get("in") == "yes"
        return web.Response(text=INSIDE if signed_in else FORM, content_type="text/html")

    async def sign_in(request: web.Request) -> web.Response:
        sent = await request.post()
        response = web.HTTPSeeOther("/")
        if (sent["user"], sent["word"]) == ("ada", CANARY):
            response.set_cookie("in", "yes")
        raise response

    async def numbers(_: web.Request) -> web.Response:
        return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": SERIES}})

    app = web.Application()
    app.add_routes([web.get("/", page), web.post("/", sign_in), web.get("/api/v1/query_range", numbers)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def console(running: Any, chromium: Path) -> AsyncIterator[Page]:
    """The operator's own browser, already signed in to the console."""
    if not (FILES / "index.html").is_file():
        pytest.skip("the console is not built here: npm could not be used")
    person = running.state.people["operator"]
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium)  # opens only our own pages
        page = await browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
        page.set_default_timeout(WAIT_MS)
        await page.goto(running.state.api_url)
        await page.get_by_label("E-mail").fill(person["email"])
        await page.get_by_label("Password", exact=True).fill(person["password"])
        await page.keyboard.press("Enter")
        await page.get_by_role("navigation", name="Main").wait_for(state="attached")
        yield page
        await browser.close()


async def test_a_person_signs_in_by_hand_and_the_mission_goes_on(running: Any, chromium: Path) -> None:
    """A person signs in through the console; the mission goes on, and no event or log has the password."""
    async with (
        guarded() as url,
        ApiClient.local(running.data, "approver") as admin,
        ApiClient.local(running.data, "operator") as operator,
        console(running, chromium) as page,
    ):
        config = {"pages": [{"id": "door", "title": "Door", "path": "/", "panels": ["p"]}]}
        connector = {"name": "guarded", "type": "web", "baseUrl": url, "config": config}
        await admin.send("POST", "/api/dashboards", connector)
        asked = {"prompt": "Is the page behind the door well?", "dashboardUrl": url}
        mission_id = (await operator.send("POST", "/api/missions", asked))["missionId"]
        await page.goto(f"{running.state.api_url}/missions/{mission_id}")
        await expect(page.get_by_text("the page asks for a login")).to_be_visible(timeout=WAIT_MS)
        await page.get_by_role("button", name="Take over").click()
        shown = page.get_by_role("img", name="The page that you control: click, type and scroll on it")
        await shown.wait_for()
        box = await shown.bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.05)
        await page.keyboard.type("ada", delay=20)
        await page.keyboard.press("Tab")
        await page.keyboard.type(CANARY, delay=20)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Give back").click()
        async for _ in (follower := Follower(operator, mission_id)).events():
            pass
        assert follower.mission.outcome in ("healthy", "inconclusive"), follower.mission
        await admin.send(
            "POST", "/api/dashboards", connector | {"config": {"pages": []}}
        )  # other tests must not visit it
        response = await operator.get(f"/api/missions/{mission_id}/events")
        seen = [
            event["payload"]["sighting"]
            for event in response["events"]
            if event["payload"]["kind"] == "observed"
        ]
        assert [(observation["state"], observation["reason"]) for observation in seen] == [
            ("ready", "a person signed in")
        ]
        kinds = [event["payload"]["kind"] for event in response["events"]]
        assert kinds.index("taken-over") < kinds.index("given-back") < kinds.index("observed")
        assert CANARY not in str(response)
        logs = "".join(log.read_text(errors="replace") for log in (running.data / "logs").iterdir())
        assert logs
        assert CANARY not in logs
