"""A Redis that accepts connections and never answers delays no request."""

import time
from uuid import UUID

from served_api import PROMPT, World, world
from silent_server import silent_server

from missions.permissions import Role


async def test_requests_do_not_wait_for_a_silent_redis(api: World) -> None:
    """Starting, answering and cancelling a mission take less than two Redis timeouts; stopping takes 6 s."""
    async with silent_server() as port:
        redis = f"redis://api:password@127.0.0.1:{port}/0"
        async with world(api.places, api.urls, redis_url=redis) as cut_off:
            operator, approver = await cut_off.member(Role.OPERATOR), await cut_off.member(Role.APPROVER)
            begin = time.monotonic()
            started = await operator.http.post("/api/missions", json={"prompt": PROMPT})
            assert (started.status_code, time.monotonic() - begin < 4) == (201, True)
            mission_id = UUID(started.json()["missionId"])
            approval = await cut_off.approval(mission_id)
            body = {"status": "APPROVED", "notes": "I looked.", "actionHash": approval.action_hash}
            begin = time.monotonic()
            answer = await approver.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
            assert (answer.status_code, time.monotonic() - begin < 4) == (200, True)
            begin = time.monotonic()
            stopped = await operator.http.post(f"/api/missions/{mission_id}/cancel")
            assert (stopped.status_code, time.monotonic() - begin < 4) == (202, True)
            begin = time.monotonic()
        assert time.monotonic() - begin < 6
