"""Messages that sockets receive without a subscription: approvals, answers, ends, announcements."""

from typing import Any

import pytest
from served_api import ORG, World
from socket_client import Listen

from adapters.notifiers.sockets import SocketNotifier
from missions.event import Closed
from missions.mission import Outcome, Status
from missions.permissions import Role
from missions.reminder import Urgency
from stores.sockets import (
    SocketAnnouncer,
    approval_rooms,
    reminder_rooms,
)


async def test_a_group_hears_the_question_first(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """Group members get the request and reminder first; other deciders only after it is widened."""
    member, other = await api.member(Role.APPROVER), await api.member(Role.APPROVER)
    admin = await api.member(Role.ADMIN)
    joins = {"groups": ["oncall"]}  # a change of a person ends their sessions
    joined = await admin.http.patch(f"/api/users/{member.person.id}", json=joins)
    assert (joined.status_code, joined.json()["groups"]) == (200, ["oncall"])
    approval = await api.approval(await api.mission(await api.member(Role.OPERATOR)))
    verdict = approval.verdict.model_copy(update={"group": "oncall"})
    approval = approval.model_copy(update={"verdict": verdict})
    notifier = SocketNotifier(announcer.emit, approval_rooms, reminder_rooms)
    inside = await listen((await api.signed_in(member.person.email)).token)
    outside = await listen(other.token)
    await notifier.ask(ORG, approval)
    assert (await inside.hear("approval:request"))["id"] == str(approval.id)
    await notifier.remind(ORG, approval, Urgency.REMIND)
    await inside.hear("notification")
    await outside.settle()
    assert {name for name, _ in outside.heard} == {"pong"}
    await notifier.remind(ORG, approval, Urgency.WIDEN)
    await outside.hear("notification")


async def test_an_approval_reaches_deciders_and_the_owner(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """Deciders and the owner get request and response without `you`; other people get neither."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER)
    others = [await api.member(role) for role in (Role.VIEWER, Role.OPERATOR, Role.AUDITOR)]
    others.append(await api.member(Role.ADMIN, org="other"))
    approval = await api.approval(await api.mission(owner))
    concerned = [await listen(owner.token), await listen(approver.token)]
    others_listening = [await listen(member.token) for member in others]
    await SocketNotifier(announcer.emit, approval_rooms, reminder_rooms).ask(ORG, approval)
    for listener in concerned:
        assert (await listener.hear("approval:request"))["actionHash"] == approval.action_hash
    body = {"status": "APPROVED", "notes": "fine", "actionHash": approval.action_hash}
    answer = await approver.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
    answered = answer.json()
    assert answered.pop("you")["whyNot"]["code"] == "closed"
    for listener in concerned:
        assert await listener.hear("approval:response") == answered
    for listener in others_listening:
        await listener.settle()
        assert {name for name, _ in listener.heard} == {"pong"}


async def test_a_person_is_told_that_their_mission_ended_and_was_decided(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """The owner's sockets get both notifications without a subscription; other people get none."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER, name="Ada")
    mission_id = await api.mission(owner)
    approval = await api.approval(mission_id)
    listener, other = await listen(owner.token), await listen(approver.token)
    body = {"status": "APPROVED", "notes": "Go.", "actionHash": approval.action_hash}
    answer = await approver.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
    assert answer.status_code == 200
    notice = await listener.hear("notification")
    assert (notice["kind"], notice["missionId"]) == ("approval-decided", str(mission_id))
    assert (notice["approvalId"], notice["text"]) == (str(approval.id), "Go.")
    assert notice["title"].endswith(": Ada approved")
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.RECOVERED, reason="It is well again.")
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", closed))
    await listener.hear_of("notification", 2)
    ended = listener.all("notification")[1]
    assert (ended["kind"], ended["text"]) == ("mission-ended", "It is well again.")
    await other.settle()
    assert other.all("notification") == []


async def test_an_announcement_reaches_everybody_of_the_organization(api: World, listen: Listen) -> None:
    """An announcement is audited and reaches its organization only."""
    admin, viewer = await api.member(Role.ADMIN, name="Ada"), await api.member(Role.VIEWER)
    stranger = await api.member(Role.ADMIN, org="other")
    listener, foreign = await listen(viewer.token), await listen(stranger.token)
    answer = await admin.http.post("/api/announcements", json={"text": "  We stop at noon.  "})
    assert answer.status_code == 201
    heard = await listener.hear("system:announcement")
    assert heard == answer.json()
    assert (heard["text"], heard["by"]) == ("We stop at noon.", "Ada")
    assert "announcement.made" in await api.audited(f"org/{ORG}")
    await foreign.settle()
    assert foreign.all("system:announcement") == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, None, 5], ids=repr)
async def test_only_administrators_announce_and_briefly(api: World, text: Any) -> None:
    """Other roles get 403, invalid text is 422, and only the 403 is audited."""
    admin, approver = await api.member(Role.ADMIN), await api.member(Role.APPROVER)
    before = await api.rows("audit_entries")
    assert (await approver.http.post("/api/announcements", json={"text": "Hear me."})).status_code == 403
    assert (await admin.http.post("/api/announcements", json={"text": text})).status_code == 422
    assert await api.rows("audit_entries") == before + 1
