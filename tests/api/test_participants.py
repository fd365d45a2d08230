"""AP12 over HTTP: what people do in a mission excludes them from its approval, and the card says so."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest
import samples as sample
from served_api import ORG, PROMPT, Member, World

from missions.approval import Approval
from missions.event import Planned
from missions.permissions import Role

Part = Callable[[World, Member], Awaitable[str]]


async def steers(api: World, admin: Member) -> str:
    mission_id = await api.mission(await api.member(Role.OPERATOR))
    feedback = {"service": "web", "stance": "ruled-out", "reason": "It is fine."}
    answer = await admin.http.post(f"/api/missions/{mission_id}/hypotheses", json=feedback)
    assert answer.status_code == 200, answer.text
    return str(mission_id)


async def controls_the_browser(api: World, admin: Member) -> str:
    mission_id = await api.mission(await api.member(Role.OPERATOR))
    await api.journal.append(ORG, mission_id, "agent", Planned(plan=sample.plan()))
    target = {"target": "shop/overview"}
    answer = await admin.http.post(f"/api/missions/{mission_id}/takeover", json=target)
    assert answer.status_code == 200, answer.text
    return str(mission_id)


async def has_a_program_ask(api: World, admin: Member) -> str:
    path = "/api/service-accounts"
    account = (await admin.http.post(path, json={"name": "Robot", "roles": ["OPERATOR"]})).json()["id"]
    key = {"name": "k", "roles": ["OPERATOR"]}
    secret = (await admin.http.post(f"{path}/{account}/keys", json=key)).json()["key"]
    answer = await api.client(secret).post("/api/missions", json={"prompt": PROMPT})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["missionId"])


async def approve(member: Member, approval: Approval) -> httpx.Response:
    body = {"status": "APPROVED", "notes": "I looked.", "actionHash": approval.action_hash}
    return await member.http.patch(f"/api/approvals/{approval.id}/respond", json=body)


@pytest.mark.parametrize(
    ("take_part", "role"),
    [
        (steers, "steered"),
        (controls_the_browser, "controlled-browser"),
        (has_a_program_ask, "holds-key"),
    ],
)
async def test_ap12_an_administrator_who_took_part_cannot_approve(
    api: World, take_part: Part, role: str
) -> None:
    """The card names the person with the role; the person's vote is 403 and is not stored."""
    admin, other = await api.member(Role.ADMIN, name="Ada"), await api.member(Role.ADMIN)
    mission_id = await take_part(api, admin)
    approval = await api.approval(UUID(mission_id))
    card = (await admin.http.get(f"/api/approvals/{approval.id}")).json()
    assert {"person": str(admin.person.id), "name": "Ada", "role": role} in card["participants"]
    assert (card["you"]["mayApprove"], card["you"]["whyNot"]["code"]) == (False, "participant")
    refused = await approve(admin, approval)
    assert refused.status_code == 403
    assert refused.json()["detail"].endswith(card["you"]["whyNot"]["text"])
    assert await api.votes(approval.id) == 0
    agreed = await approve(other, approval)
    assert (agreed.status_code, agreed.json()["status"], agreed.json()["agreed"]) == (200, "APPROVED", 1)
