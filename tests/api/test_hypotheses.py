"""Feedback on a mission's hypotheses writes an event, an audit entry and a signal, or nothing."""

from uuid import UUID

import samples as sample
from served_api import ORG, World

from missions.event import Hypothesized
from missions.permissions import Role
from missions.workflow_ids import mission_workflow_id

PIN = {"service": "payments", "stance": "pinned", "reason": "it was deployed"}


async def record_hypotheses(api: World, mission_id: UUID) -> None:
    """Records hypotheses as the workflow does during its observation."""
    await api.journal.append(ORG, mission_id, "agent", Hypothesized(pages=1, diagnosis=sample.diagnosis()))


async def test_hypotheses_are_answered_with_the_feedback_on_them(api: World) -> None:
    member = await api.member(Role.OPERATOR)
    mission_id = await api.mission(member)
    path = f"/api/missions/{mission_id}/hypotheses"
    await record_hypotheses(api, mission_id)
    answer = await member.http.post(path, json=PIN)
    assert answer.status_code == 200, answer.text
    added = await member.http.post(path, json={"service": "dns", "stance": "added"})
    body = added.json()
    payments, dns = body["hypotheses"]
    assert payments["candidate"]["service"] == "payments"
    assert payments["stand"] | {"person": ""} == PIN | {"person": "", "name": member.person.name}
    assert (dns["service"], dns["candidate"], dns["stand"]["stance"]) == ("dns", None, "added")
    assert (body["verdict"], body["settled"], body["open"]) == ("found", False, True)
    handle = api.temporal.get_workflow_handle(mission_workflow_id(ORG, mission_id))
    history = (await handle.fetch_history()).events
    signal_names = [event.workflow_execution_signaled_event_attributes.signal_name for event in history]
    assert [name for name in signal_names if name] == ["hypotheses_steered", "hypotheses_steered"]
    assert await api.audited(f"mission/{mission_id}") == ["mission.created", *["hypothesis.steered"] * 2]


async def test_the_same_word_again_changes_nothing_and_open_takes_it_back(api: World) -> None:
    member = await api.member(Role.OPERATOR)
    mission_id = await api.mission(member)
    path = f"/api/missions/{mission_id}/hypotheses"
    first = await member.http.post(path, json=PIN)
    assert (await member.http.post(path, json=PIN)).json() == first.json()
    await member.http.post(path, json=PIN | {"stance": "ruled-out"})
    back = await member.http.post(path, json=PIN | {"stance": "open"})
    assert back.json()["hypotheses"] == []
    assert (await member.http.post(path, json=PIN | {"stance": "open"})).json() == back.json()
    steps = (await member.http.get(f"/api/missions/{mission_id}")).json()["steps"]
    assert [step["key"] for step in steps] == ["created", "steered/0", "steered/1", "steered/2"]


async def test_who_may_not_steer_and_what_has_ended(api: World) -> None:
    """Another person's mission is 404, a missing permission 403, an ended mission 409; nothing is stored."""
    member, other = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    approver = await api.member(Role.APPROVER)
    mission_id = await api.mission(member)
    path = f"/api/missions/{mission_id}/hypotheses"
    assert (await other.http.post(path, json=PIN)).status_code == 404
    assert (await approver.http.post(path, json=PIN)).status_code == 403
    for bad in ({"stance": "sure"}, {"service": ""}, {"service": "a\nb"}, {"reason": "x" * 501}):
        assert (await member.http.post(path, json=PIN | bad)).status_code == 422
    await api.close_mission(mission_id)
    assert (await member.http.post(path, json=PIN)).status_code == 409
    assert await api.audited(f"mission/{mission_id}") == ["mission.created"]
