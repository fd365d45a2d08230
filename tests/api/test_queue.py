"""`/api/queue`: waiting missions from the database, running ones from Temporal."""

import asyncio

from loopback import dead_port
from served_api import ORG, PROMPT, World, world

from missions.permissions import Role
from missions.workflow_ids import mission_workflow_id


async def test_the_queue_counts_and_says_what_waits(api: World) -> None:
    """With a limit of one, the second mission waits with a reason, and a cancellation ends it at once."""
    async with world(api.places, api.urls, max_concurrent_missions=1) as narrow:
        owner, outsider = await narrow.member(Role.OPERATOR), await narrow.member(Role.OPERATOR)
        before = (await owner.http.get("/api/queue/status")).json()["status"]
        assert before["concurrency"] == 1
        first, last = [await narrow.mission(owner) for _ in range(2)]
        after = (await owner.http.get("/api/queue/status")).json()["status"]
        assert set(after) == {
            "waiting", "active", "completed", "failed", "delayed", "workers", "concurrency"
        }  # fmt: skip
        assert after["waiting"] >= before["waiting"] + 1
        detail = (await owner.http.get(f"/api/missions/{last}")).json()
        assert "of 1 missions run; " in detail["waitingFor"]
        job = (await owner.http.get(f"/api/queue/job/{last}")).json()
        assert job["job"]["state"] == "waiting"
        assert job["job"]["workflowId"] == mission_workflow_id(ORG, last)
        assert job["waitingFor"] == detail["waitingFor"]
        assert (await outsider.http.get(f"/api/queue/job/{first}")).status_code == 404
        assert (await narrow.client().get("/api/queue/status")).status_code == 401
        stopped = await owner.http.post(f"/api/missions/{last}/cancel")
        assert (stopped.status_code, stopped.json()["status"]) == (202, "CANCELLED")
        assert await narrow.outbox(last) == []
        events = (await owner.http.get(f"/api/missions/{last}/events")).json()["events"]
        assert [event["key"] for event in events] == ["created", "cancel-requested", "closed"]


async def test_a_job_is_what_temporal_says(api: World) -> None:
    """A job is active with its start, and failed with its end after Temporal terminated it."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    job = (await owner.http.get(f"/api/queue/job/{mission_id}")).json()
    assert (job["job"]["state"], job["job"]["endedAt"]) == ("active", None)
    assert job["job"]["startedAt"] is not None
    assert job["waitingFor"] == "It is its turn: it begins as soon as Temporal and a worker take it up."
    await api.temporal.get_workflow_handle(mission_workflow_id(ORG, mission_id)).terminate()
    job = (await owner.http.get(f"/api/queue/job/{mission_id}")).json()["job"]
    assert job["state"] == "failed"
    assert job["endedAt"] is not None


async def test_without_temporal_the_queue_says_so(api: World) -> None:
    """The queue answers a 503 problem soon; the mission itself is still readable."""
    async with world(api.places, api.urls, temporal_address=f"127.0.0.1:{dead_port()}") as cut_off:
        owner = await cut_off.member(Role.OPERATOR)
        mission_id = await cut_off.mission(owner)
        async with asyncio.timeout(10):
            for path in ("/api/queue/status", f"/api/queue/job/{mission_id}"):
                answer = await owner.http.get(path)
                assert answer.status_code == 503, answer.text
                assert "Temporal does not answer" in answer.json()["error"]
        detail = (await owner.http.get(f"/api/missions/{mission_id}")).json()
        assert detail["waitingFor"] is not None
        assert detail["mission"]["prompt"] == PROMPT
