"""AZ11: an approver for some services reads approvals, and missions that ask for them, of these only."""

from uuid import UUID, uuid4

import pytest
import samples as sample
from fastapi.routing import APIRoute, iter_route_contexts
from served_api import ORG, Member, World
from socket_client import Listen
from sqlalchemy import update

from adapters.notifiers.sockets import SocketNotifier
from missions.approval import Approval
from missions.event import Observed
from missions.event_view import artifact_id
from missions.permissions import Role
from missions.reminder import Urgency
from stores.postgres.tables import MembershipRow
from stores.sockets import SocketAnnouncer, approval_rooms, reminder_rooms

SERVICE = "payments"
"""The service of each approval that World.approval opens."""
ANSWER = {"status": "APPROVED", "notes": "I looked."}


async def limited(api: World, *services: str, roles: tuple[Role, ...] = (Role.APPROVER,)) -> Member:
    """A person with these roles whose membership names these services, and the group oncall."""
    member = await api.member(*roles)
    change = update(MembershipRow).where(MembershipRow.person_id == member.person.id)
    async with api.owner.transaction() as session:
        await session.execute(change.values(services=list(services), groups=["oncall"]))
    return member


async def asked(api: World, owner: Member) -> tuple[Approval, UUID]:
    """An approval with a picture in its mission, and the picture's id."""
    mission_id = await api.mission(owner)
    approval = await api.approval(mission_id)
    ref = sample.ref()
    await api.journal.append(ORG, mission_id, "agent", Observed(sighting=sample.sighting(screenshot=ref)))
    return approval, artifact_id(mission_id, ref)


def paths(api: World, approval: Approval, picture: UUID) -> list[str]:
    """Every path with GET that names an approval, a mission or an artifact, with their ids."""
    ids = {
        "{approval_id}": str(approval.id),
        "{mission_id}": str(approval.mission_id),
        "{artifact_id}": str(picture),
    }
    made = []
    for context in iter_route_contexts(api.app.routes):
        path = str(context.path)
        is_get = isinstance(context.original_route, APIRoute) and "GET" in (
            context.original_route.methods or ()
        )
        if is_get and any(name in path for name in ids):
            for name, value in ids.items():
                path = path.replace(name, value)
            made.append(path)
    return made


async def listed(member: Member) -> list[str]:
    answer = await member.http.get("/api/approvals")
    return [approval["id"] for approval in answer.json()["approvals"]]


async def test_az11_every_route_hides_what_is_of_another_service(api: World) -> None:
    """Each route answers as for an unknown id, lists leave it out, and a vote changes nothing."""
    approval, picture = await asked(api, await api.member(Role.OPERATOR))
    other, own = await limited(api, "web", "pay"), await limited(api, "web", SERVICE)
    nothing, every = await limited(api), await api.member(Role.APPROVER)
    all_paths = paths(api, approval, picture)
    assert len(all_paths) >= 8
    for path in all_paths:
        unknown = path
        for an_id in (approval.id, approval.mission_id, picture):
            unknown = unknown.replace(str(an_id), str(uuid4()))
        missing = await own.http.get(unknown)
        assert missing.status_code == 404, path
        for member in (other, nothing):
            answer = await member.http.get(path)
            assert (answer.status_code, answer.json()["detail"]) == (404, missing.json()["detail"]), path
        if "stream" not in path and "pdf" not in path and "job" not in path and "evidence" not in path:
            assert (await own.http.get(path)).status_code == 200, path
            assert (await every.http.get(path)).status_code == 200, path
    for member in (other, nothing):
        card = f"/api/approvals/{approval.id}"
        vote = ANSWER | {"actionHash": approval.action_hash}
        for answer in (
            await member.http.patch(f"{card}/respond", json=vote),
            await member.http.post(f"{card}/withdraw", json={"reason": "so"}),
        ):
            assert answer.status_code == 404
            assert SERVICE not in answer.text
        assert str(approval.id) not in await listed(member)
    assert str(approval.id) in await listed(own)
    assert await api.votes(approval.id) == 0


@pytest.mark.parametrize(
    ("roles", "owns", "reads"),
    [
        ((Role.APPROVER,), True, True),
        ((Role.ADMIN,), False, True),
        ((Role.APPROVER, Role.AUDITOR), False, True),
        ((Role.APPROVER, Role.OPERATOR), False, False),
    ],
)
async def test_az11_other_rights_to_read_stay(
    api: World, roles: tuple[Role, ...], *, owns: bool, reads: bool
) -> None:
    """The requester and a person who may read all missions read the approval whatever their services."""
    member = await limited(api, "web", roles=(*roles, Role.OPERATOR) if owns else roles)
    approval, _ = await asked(api, member if owns else await api.member(Role.OPERATOR))
    for path in (f"/api/approvals/{approval.id}", f"/api/missions/{approval.mission_id}"):
        assert (await member.http.get(path)).status_code == (200 if reads else 404)
    assert (str(approval.id) in await listed(member)) == reads


async def test_az11_a_socket_hears_its_services_only(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """Requests, answers and reminders for deciders or a group reach the approvers of the service only."""
    approval, _ = await asked(api, await api.member(Role.OPERATOR))
    other, own = await limited(api, "web"), await limited(api, "web", SERVICE)
    inside, outside = await listen(own.token), await listen(other.token)
    for name, named in (("mission:subscribe", approval.mission_id), ("approval:subscribe", approval.id)):
        assert "error" in await outside.call(name, str(named))
        assert (await inside.call(name, str(named)))["ok"]
    assert "error" in await outside.call("mission:watch", str(approval.mission_id))
    notifier = SocketNotifier(announcer.emit, approval_rooms, reminder_rooms)
    verdict = approval.verdict.model_copy(update={"group": "oncall"})
    for card in (approval, approval.model_copy(update={"verdict": verdict})):
        inside.heard.clear()
        await notifier.ask(ORG, card)
        assert (await inside.hear("approval:request"))["id"] == str(approval.id)
        await notifier.remind(ORG, card, Urgency.REMIND)
        await inside.hear("notification")
    body = ANSWER | {"actionHash": approval.action_hash}
    voter = await api.member(Role.APPROVER)
    await voter.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
    await inside.hear("approval:response")
    await outside.settle()
    assert {name for name, _ in outside.heard} == {"pong"}
