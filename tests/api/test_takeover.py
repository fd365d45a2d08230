"""Remote control of a mission's browser: events decide who has control, and each input is audited."""

import asyncio
import contextlib
from typing import Any
from uuid import UUID

import pytest
import samples as sample
from served_api import ORG, World
from sqlalchemy import text

from missions.browser_control import BrowserInputKind
from missions.event import Planned
from missions.permissions import Role
from stores.browser_control import RedisControlChannel

PAGE = {"target": "shop/overview"}
CANARY = "canary-password-9d2e"


@pytest.fixture
def redis_url(servers: Any) -> str:
    url: str = servers.redis_urls["browser"]
    return url


async def planned(api: World, member: Any) -> str:
    mission_id = await api.mission(member)
    await api.journal.append(ORG, mission_id, "agent", Planned(plan=sample.plan()))
    return f"/api/missions/{mission_id}/takeover"


async def test_the_worker_that_holds_the_page_hears_its_person(api: World, redis_url: str) -> None:
    """Taking, using and returning control is in events and audit; typed text is stored nowhere."""
    member = await api.member(Role.OPERATOR)
    path = await planned(api, member)
    mission = path.split("/")[3]
    worker = RedisControlChannel(redis_url)
    assert not await worker.held(ORG, mission, "shop/overview")
    answer = await member.http.post(path, json=PAGE)
    assert answer.status_code == 200, answer.text
    assert await worker.held(ORG, mission, "shop/overview")
    assert not await worker.held(ORG, mission, "shop/payments")
    undelivered = await member.http.post(f"{path}/touches", json={"gesture": "click", "x": 0.5, "y": 0.25})
    assert undelivered.json() == {"heard": False}
    async with contextlib.aclosing(worker.inputs(ORG, mission)) as inputs:
        assert await anext(inputs) is None
        typed = await member.http.post(f"{path}/touches", json={"gesture": "type", "text": CANARY})
        assert typed.json() == {"heard": True}
        touch = None
        async with asyncio.timeout(20):
            while touch is None:
                touch = await anext(inputs)
    assert (touch.gesture, touch.text) == (BrowserInputKind.TYPE, CANARY)
    assert (await member.http.delete(path)).status_code == 204
    assert not await worker.held(ORG, mission, "shop/overview")
    assert (await member.http.delete(path)).status_code == 204
    entries = await api.audited(f"mission/{mission}")
    assert entries == [
        "mission.created",
        "browser.taken-over",
        *["browser.touched"] * 2,
        "browser.given-back",
    ]
    steps = (await member.http.get(f"/api/missions/{mission}")).json()["steps"]
    assert [step["key"] for step in steps][-2:] == ["taken-over/0", "given-back/0"]
    async with api.owner.transaction(ORG) as session:
        details = [str(row.detail) for row in await session.execute(text("SELECT detail FROM audit_entries"))]
    assert any('"characters":20' in detail for detail in details), details
    everything = [*details, str(steps), answer.text, typed.text]
    assert not any(CANARY in part for part in everything)
    await worker.close()


async def test_who_may_not_and_what_is_refused_changes_nothing(api: World) -> None:
    """Missing permissions, unknown pages, invalid inputs, no control and ended missions are refused."""
    member, other = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    admin, viewer = await api.member(Role.ADMIN), await api.member(Role.VIEWER)
    path = await planned(api, member)
    scroll = {"gesture": "scroll", "dy": 100}
    assert (await other.http.post(path, json=PAGE)).status_code == 404
    assert (await viewer.http.post(path, json=PAGE)).status_code == 403
    assert (await member.http.post(path, json={"target": "shop/none"})).status_code == 422
    assert (await member.http.post(f"{path}/touches", json=scroll)).status_code == 409
    assert (await member.http.post(path, json=PAGE)).status_code == 200
    assert (await admin.http.post(path, json=PAGE)).status_code == 409
    assert (await admin.http.post(f"{path}/touches", json=scroll)).status_code == 409
    assert (await admin.http.delete(path)).status_code == 204
    for bad in (
        {"gesture": "drag"},
        {"gesture": "click", "x": 1.5},
        {"gesture": "key", "key": "Control+Shift+I"},
        {"gesture": "key"},
        {"gesture": "type", "text": ""},
        {"gesture": "type", "text": CANARY * 50},
        {"gesture": "scroll", "dy": 100_000},
    ):
        refused = await member.http.post(f"{path}/touches", json=bad)
        assert refused.status_code == 422, bad
        assert CANARY not in refused.text
    assert (await member.http.post(f"{path}/touches", json=scroll)).status_code == 200
    mission = path.split("/")[3]
    await api.close_mission(UUID(mission))
    assert (await member.http.post(path, json=PAGE)).status_code == 409
    assert (await member.http.post(f"{path}/touches", json=scroll)).status_code == 409
    entries = await api.audited(f"mission/{mission}")
    assert entries == ["mission.created", "browser.taken-over", "browser.touched"]
