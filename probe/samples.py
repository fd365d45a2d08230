"""The ids of one organization's objects, by the names that the API's parameters have."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from demo.dashboard import SCOPE
from missions.errors import UnavailableError
from missions.permissions import Role
from probe.passkeys import PasskeyDevice
from probe.people import CANARY, ProbeOrg, invitation, new_email
from probe.visitors import Visitor

UNRELATED = {
    "provider": "the name of an identity provider of the installation",
    "ticket": "a secret: whoever holds it may use it, and the doors are checked with one",
}
"""Parameters that are no id of an organization's object, and why."""


TIME = len("01890a5d-ac96-7")
"""The beginning of a UUIDv7: its time and its version."""


@dataclass
class SampleIds:
    """Ids by the names of path parameters; `texts` are further strings that only members may read."""

    ids: dict[str, str] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)


def unknown_id(name: str, like: str) -> str:
    """An id of the same form that no object has. It sorts as the given one: UUIDv7 are made in order."""
    return f"zz-{uuid4().hex[:8]}" if name == "slug" else like[:TIME] + str(uuid4())[TIME:]


async def collect(
    org: ProbeOrg, operator: Visitor, mark: str = CANARY, origin: str | None = None
) -> SampleIds:
    """Makes one object of each kind in the organization; a mission's ids are added by `add_mission`.

    `origin` is the site of passkeys, if that is not where the API is reached.
    """
    admin = org.admin
    template = {"name": f"{mark} template", "promptTemplate": f"{mark}: checkout is slow."}
    dashboard = {
        "name": f"d-{mark}"[:40],
        "type": "web",
        "baseUrl": "http://127.0.0.1:9",
        "config": SCOPE | {"tags": [mark]},
    }
    email = new_email(mark)
    await invitation(admin, email, Role.VIEWER)
    invitations = (await admin.get("/api/invitations"))["invitations"]
    sessions = (await operator.get("/api/auth/sessions"))["sessions"]
    ids = {
        "slug": org.slug,
        "template_id": (await admin.send("POST", "/api/templates", template))["id"],
        "dashboard_id": (await admin.send("POST", "/api/dashboards", dashboard))["id"],
        "invitation_id": next(each["id"] for each in invitations if each["email"] == email),
        "account_id": org.account_id,
        "key_id": org.key_id,
        "user_id": str(operator.id),
        "session_id": next(each["id"] for each in sessions if each["current"]),
        "passkey_id": await PasskeyDevice(origin or admin.url).register(operator),
    }
    return SampleIds(ids, {mark, email})


async def add_mission(samples: SampleIds, reader: Visitor, mission_id: str) -> None:
    """Adds the ids of a mission that waits for an approval: its own, the approval's and an artifact's."""
    events = (await reader.get(f"/api/missions/{mission_id}/events"))["events"]
    artifacts = [ref["id"] for event in events for ref in event["artifacts"]]
    samples.ids["mission_id"] = mission_id
    if artifacts:
        samples.ids["artifact_id"] = artifacts[0]
    if (approval_id := approval_of(events)) is not None:
        samples.ids["approval_id"] = approval_id


def approval_of(events: list[dict[str, Any]]) -> str | None:
    """The id of the last approval that the events opened."""
    opened = [event["payload"] for event in events if event["payload"]["kind"] == "approval-opened"]
    return str(opened[-1]["approvalId"]) if opened else None


async def start_mission(person: Visitor, prompt: str) -> str:
    """The id of a new mission."""
    return str((await person.send("POST", "/api/missions", {"prompt": prompt}))["missionId"])


async def until_asked(person: Visitor, mission_id: str) -> str | None:
    """Waits until the mission asks for an approval, or ends; its approval's id, None without one."""
    while True:
        answer = await person.get(f"/api/missions/{mission_id}/events")
        if (approval_id := approval_of(answer["events"])) is not None:
            return approval_id
        if _has_ended(answer):
            return None
        await asyncio.sleep(1)


async def until_ended(person: Visitor, mission_id: str) -> dict[str, Any]:
    """Waits until the mission has ended; the mission."""
    while True:
        answer = await person.get(f"/api/missions/{mission_id}/events")
        if _has_ended(answer):
            mission: dict[str, Any] = answer["mission"]
            return mission
        await asyncio.sleep(1)


def _has_ended(answer: dict[str, Any]) -> bool:
    return any(event["payload"]["kind"] == "closed" for event in answer["events"])


async def approval(person: Visitor, approval_id: str) -> dict[str, Any]:
    """The approval as the person reads it. UnavailableError if they may not."""
    card = await person.get(f"/api/approvals/{approval_id}")
    if not isinstance(card, dict):
        raise UnavailableError(f"{approval_id} is no approval: {card}")
    return card


async def respond(person: Visitor, card: dict[str, Any], status: str = "APPROVED", **more: str) -> int:
    """Answers the approval; the status of the answer."""
    body = {"status": status, "notes": "The probe answers.", "actionHash": card["actionHash"], **more}
    return await person.status("PATCH", f"/api/approvals/{card['id']}/respond", body)
