"""The correlation id of a request is on everything that follows from it."""

import structlog
from served_api import ORG, PROMPT, World

from missions.event import Started
from missions.mission import Brief
from missions.permissions import Role
from missions.workflow_ids import mission_workflow_id


async def test_a_request_is_found_in_the_mission_its_events_and_its_steps(api: World) -> None:
    """The id is in the workflow's brief, the first event, and events that activities record."""
    operator = await api.member(Role.OPERATOR)
    headers = {"X-Correlation-Id": "request-4711"}
    answer = await operator.http.post("/api/missions", json={"prompt": PROMPT}, headers=headers)
    mission_id = answer.json()["mission"]["id"]
    with structlog.contextvars.bound_contextvars(correlation_id="request-4711"):  # as each activity does
        await api.journal.append(ORG, answer.json()["mission"]["id"], "agent", Started())
    stop = {"X-Correlation-Id": "request-4712"}
    await operator.http.post(f"/api/missions/{mission_id}/cancel", headers=stop)
    events = (await operator.http.get(f"/api/missions/{mission_id}/events")).json()["events"]
    expected = ["request-4711", "request-4711", "request-4712"]
    assert [event["correlationId"] for event in events] == expected
    steps = (await operator.http.get(f"/api/missions/{mission_id}")).json()["steps"]
    assert [step["correlationId"] for step in steps] == expected
    handle = api.temporal.get_workflow_handle(mission_workflow_id(ORG, mission_id))
    first = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    (brief,) = await api.temporal.data_converter.decode(first.input.payloads, [Brief])
    assert brief.correlation_id == "request-4711"
