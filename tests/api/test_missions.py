"""`/api/missions` on the real servers."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest
from loopback import dead_port
from served_api import ORG, PROMPT, World, world

from missions.mission import Status
from missions.permissions import Role
from missions.workflow_ids import mission_workflow_id


async def test_a_mission_is_accepted_stored_and_started(api: World) -> None:
    """A mission gets 201, row, event and audit entry; its workflow runs, and the outbox is empty again."""
    operator = await api.member(Role.OPERATOR, name="Olivia")
    answer = await operator.http.post("/api/missions", json={"prompt": PROMPT, "priority": "HIGH"})
    assert answer.status_code == 201
    mission = answer.json()["mission"]
    assert answer.json()["missionId"] == mission["id"]
    assert (mission["status"], mission["priority"], mission["lastSeq"]) == ("PENDING", "HIGH", 1)
    assert (mission["requester"], mission["requesterName"]) == (str(operator.person.id), "Olivia")
    events = (await operator.http.get(f"/api/missions/{mission['id']}/events")).json()
    assert [(event["seq"], event["key"], event["actor"]) for event in events["events"]] == [
        (1, "created", operator.person.email)
    ]
    assert await api.audited(f"mission/{mission['id']}") == ["mission.created"]
    assert await api.outbox(UUID(mission["id"])) == []
    handle = api.temporal.get_workflow_handle(mission_workflow_id(ORG, UUID(mission["id"])))
    described = await handle.describe()
    assert (described.workflow_type, described.task_queue) == ("MissionWorkflow", "missions")


async def test_with_temporal_and_redis_away_a_mission_waits_in_the_outbox(api: World) -> None:
    """A mission still gets 201 and is PENDING; its outbox row stays until a relay sends it."""
    away = {"temporal_address": f"127.0.0.1:{dead_port()}", "redis_url": f"redis://127.0.0.1:{dead_port()}/0"}
    async with world(api.places, api.urls, **away) as cut_off:
        operator = await cut_off.member(Role.OPERATOR)
        mission_id = await cut_off.mission(operator)
        seen = (await operator.http.get(f"/api/missions/{mission_id}")).json()
        assert seen["mission"]["status"] == "PENDING"
        assert await cut_off.outbox(mission_id) == ["start"]


async def test_the_same_key_is_the_same_mission(api: World) -> None:
    """An Idempotency-Key returns the first mission; with another request it is refused with 409."""
    operator, other = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    key = {"Idempotency-Key": "key-1"}
    first = await operator.http.post("/api/missions", json={"prompt": PROMPT}, headers=key)
    again = await operator.http.post("/api/missions", json={"prompt": PROMPT}, headers=key)
    assert again.json()["missionId"] == first.json()["missionId"]
    changed = await operator.http.post("/api/missions", json={"prompt": PROMPT + "!"}, headers=key)
    assert changed.status_code == 409
    foreign = await other.http.post("/api/missions", json={"prompt": PROMPT}, headers=key)
    assert foreign.status_code == 201
    assert foreign.json()["missionId"] != first.json()["missionId"]


async def test_twenty_requests_with_one_key_make_one_mission(api: World) -> None:
    """Concurrent requests with one key all get 201 with one id, and one mission is stored."""
    operator = await api.member(Role.OPERATOR)
    key = {"Idempotency-Key": str(uuid4())}
    posts = (operator.http.post("/api/missions", json={"prompt": PROMPT}, headers=key) for _ in range(20))
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["missionId"] for answer in answers}) == 1
    assert (await operator.http.get("/api/missions")).json()["pagination"]["total"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "x" * 9},
        {"prompt": "x" * 5001},
        {"prompt": " " * 20},
        {},
        {"prompt": None},
        {"prompt": 1234567890},
        {"prompt": ["a list of prompts"]},
        {"prompt": PROMPT, "unknown": 1},
        {"prompt": PROMPT, "id": "0198c0de-0000-7000-8000-000000000001"},
        {"prompt": PROMPT, "status": "COMPLETED"},
        {"prompt": PROMPT, "orgId": "other"},
        {"prompt": PROMPT, "requester": "0198c0de-0000-7000-8000-000000000001"},
        {"prompt": PROMPT, "priority": "URGENT"},
        {"prompt": PROMPT, "dashboardUrl": "file:///etc/passwd"},
        {"prompt": PROMPT, "dashboardUrl": "http://user:secret@host/"},
        {"prompt": PROMPT + "\0"},
        {"prompt": PROMPT + "\ud800"},
        [PROMPT],
        "just a string of text",
    ],
    ids=repr,
)
async def test_what_is_not_a_wish_is_refused(api: World, body: object) -> None:
    """An invalid mission is 422, and nothing is stored."""
    operator = await api.member(Role.OPERATOR)
    content, kind = json.dumps(body), {"Content-Type": "application/json"}
    answer = await operator.http.post("/api/missions", content=content, headers=kind)
    assert answer.status_code == 422, answer.text
    assert (await operator.http.get("/api/missions")).json()["pagination"]["total"] == 0


async def test_prompts_of_10_and_5000_characters_are_accepted(api: World) -> None:
    """The limits are inclusive, in any script."""
    operator = await api.member(Role.OPERATOR)
    for prompt in ("x" * 10, "x" * 5000, "支" * 10):
        assert (await operator.http.post("/api/missions", json={"prompt": prompt})).status_code == 201


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, Role.AUDITOR])
async def test_only_operators_start_missions(api: World, role: Role) -> None:
    """Other roles get 403."""
    member = await api.member(role)
    assert (await member.http.post("/api/missions", json={"prompt": PROMPT})).status_code == 403


async def test_a_list_is_paged_by_number(api: World) -> None:
    """The list has own missions only, newest first, with totals, and can be filtered by status."""
    operator = await api.member(Role.OPERATOR)
    made = [str(await api.mission(operator)) for _ in range(5)]
    second = (await operator.http.get("/api/missions", params={"page": 2, "limit": 2})).json()
    assert [mission["id"] for mission in second["missions"]] == made[::-1][2:4]
    asked = {"page": 2, "limit": 2, "total": 5, "totalPages": 3}
    assert {name: second["pagination"][name] for name in asked} == asked
    last = (await operator.http.get("/api/missions", params={"page": 3, "limit": 2})).json()
    assert (len(last["missions"]), last["pagination"]["nextCursor"]) == (1, None)
    await api.close_mission(UUID(made[0]))
    done = (await operator.http.get("/api/missions", params={"status": "COMPLETED"})).json()
    assert [mission["id"] for mission in done["missions"]] == [made[0]]


async def test_cursors_lead_through_the_list_while_it_grows(api: World) -> None:
    """Every mission that existed at the beginning appears exactly once."""
    operator = await api.member(Role.OPERATOR)
    made = {str(await api.mission(operator)) for _ in range(7)}
    seen: list[str] = []
    cursor: dict[str, str] = {"limit": "3"}
    while True:
        answer = (await operator.http.get("/api/missions", params=cursor)).json()
        seen += [mission["id"] for mission in answer["missions"]]
        if answer["pagination"]["nextCursor"] is None:
            break
        cursor |= {"cursor": answer["pagination"]["nextCursor"]}
        await api.mission(operator)
    assert len(seen) == len(set(seen))
    assert set(seen) == made


@pytest.mark.parametrize(
    "params",
    [{"limit": 101}, {"limit": 10**9}, {"limit": 0}, {"page": 0}, {"page": 10**9}, {"status": "LOST"}],
    ids=repr,
)
async def test_a_page_has_limits(api: World, params: dict[str, str]) -> None:
    """AZ8: parameters outside the limits are 422."""
    operator = await api.member(Role.OPERATOR)
    assert (await operator.http.get("/api/missions", params=params)).status_code == 422


async def test_az8_a_cursor_is_an_id(api: World) -> None:
    """Any cursor that is not an id is 422."""
    operator = await api.member(Role.OPERATOR)
    for wrong in ("", "ä", "%%%", "x", "A" * 200):
        answer = await operator.http.get("/api/missions", params={"cursor": wrong})
        assert answer.status_code == 422, wrong


async def test_az8_a_cursor_reveals_nothing(api: World) -> None:
    """The id of a foreign mission works like an unknown id as cursor: an empty page in any order."""
    owner, other = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    foreign = await api.mission(other)
    for _ in range(2):
        await api.mission(owner)
    for sort_by in ("createdAt", "status", "priority"):
        for sort_order in ("asc", "desc"):
            for cursor in (foreign, uuid4()):
                params = {"cursor": str(cursor), "sortBy": sort_by, "sortOrder": sort_order}
                page = (await owner.http.get("/api/missions", params=params)).json()
                assert (page["missions"], page["pagination"]["total"]) == ([], 2), params


async def test_az2_what_is_foreign_looks_like_what_is_missing(api: World) -> None:
    """A foreign mission has the status and body of a missing one, also for an approver."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    for role in (Role.OPERATOR, Role.VIEWER, Role.APPROVER):
        foreign = await api.member(role)
        for path in ("", "/events"):
            answers = [
                (await foreign.http.get(f"/api/missions/{id_}{path}")) for id_ in (mission_id, uuid4())
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
            bodies = [answer.json() | {"correlationId": ""} for answer in answers]
            assert bodies[0] == bodies[1]
        assert (await foreign.http.get("/api/missions")).json()["missions"] == []


async def test_administrators_and_auditors_read_all(api: World) -> None:
    """They read all missions and lists; an auditor cannot cancel."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    for role in (Role.ADMIN, Role.AUDITOR):
        member = await api.member(role)
        assert (await member.http.get(f"/api/missions/{mission_id}")).status_code == 200
        ids = [mission["id"] for mission in (await member.http.get("/api/missions")).json()["missions"]]
        assert str(mission_id) in ids
    assert (await member.http.post(f"/api/missions/{mission_id}/cancel")).status_code == 404


async def test_an_approver_reads_a_mission_once_it_asks(api: World) -> None:
    """An approver gets 404 until the mission has an approval, then the mission with its steps."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER)
    mission_id = await api.mission(owner)
    assert (await approver.http.get(f"/api/missions/{mission_id}")).status_code == 404
    await api.approval(mission_id)
    detail = (await approver.http.get(f"/api/missions/{mission_id}")).json()
    assert detail["mission"]["status"] == "AWAITING_APPROVAL"
    assert [step["seq"] for step in detail["steps"]] == [1, 2, 3]


async def test_events_are_read_after_a_number(api: World) -> None:
    """Events after a number come without gaps, in order and with `lastSeq`; beyond it the list is empty."""
    operator = await api.member(Role.OPERATOR)
    mission_id = await api.mission(operator)
    await api.approval(mission_id)
    await api.close_mission(mission_id)
    path = f"/api/missions/{mission_id}/events"
    for after, expected in ((0, [1, 2, 3, 4]), (2, [3, 4]), (4, []), (1000, [])):
        body = (await operator.http.get(path, params={"after": after})).json()
        assert ([event["seq"] for event in body["events"]], body["lastSeq"]) == (expected, 4)
    for wrong in ("-1", "x", str(10**12), str(10**30)):
        answer = await operator.http.get(path, params={"after": wrong})
        assert answer.status_code == 422, wrong


async def test_az2_another_organization_does_not_exist(api: World) -> None:
    """An administrator of another organization reads nothing, and cancels nothing, of this one."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    approval = await api.approval(mission_id)
    stranger = await api.member(Role.ADMIN, org="other")
    for path in (f"missions/{mission_id}", f"missions/{mission_id}/events", f"approvals/{approval.id}"):
        assert (await stranger.http.get(f"/api/{path}")).status_code == 404
    listed = (await stranger.http.get("/api/missions", params={"limit": 100})).json()["missions"]
    assert str(mission_id) not in {mission["id"] for mission in listed}
    approvals = (await stranger.http.get("/api/approvals")).json()["approvals"]
    assert str(approval.id) not in {row["id"] for row in approvals}
    assert (await stranger.http.post(f"/api/missions/{mission_id}/cancel")).status_code == 404
    body = {"status": "DENIED", "notes": "no", "actionHash": approval.action_hash}
    answer = await stranger.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
    assert answer.status_code == 404
    foreign = await api.mission(stranger)
    assert (await owner.http.get(f"/api/missions/{foreign}")).status_code == 404


async def test_cancel_asks_once(api: World) -> None:
    """Repeated cancellations get 202 with one event and one audit entry; Temporal gets one request."""
    operator, admin = await api.member(Role.OPERATOR), await api.member(Role.ADMIN)
    mission_id = await api.mission(operator)
    for member in (operator, operator, admin):
        assert (await member.http.post(f"/api/missions/{mission_id}/cancel")).status_code == 202
    events = (await operator.http.get(f"/api/missions/{mission_id}/events")).json()["events"]
    assert [event["key"] for event in events] == ["created", "cancel-requested"]
    assert await api.audited(f"mission/{mission_id}") == ["mission.created", "mission.cancelled"]
    assert await api.outbox(mission_id) == []
    handle = api.temporal.get_workflow_handle(mission_workflow_id(ORG, mission_id))
    history = await handle.fetch_history()
    kinds = [event.WhichOneof("attributes") for event in history.events]
    assert kinds.count("workflow_execution_cancel_requested_event_attributes") == 1


async def test_an_answer_says_what_its_reader_may_do(api: World) -> None:
    """`you.mayCancel` is true for the owner and false for an approver, in each kind of response."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER)
    created = (await owner.http.post("/api/missions", json={"prompt": "Checkout is slow."})).json()
    mission_id = UUID(created["missionId"])
    await api.approval(mission_id)
    assert created["you"]["mayCancel"]
    for member, may in ((owner, True), (approver, False)):
        for path in (f"/api/missions/{mission_id}", f"/api/missions/{mission_id}/events"):
            assert (await member.http.get(path)).json()["you"]["mayCancel"] is may


async def test_a_foreign_mission_is_not_cancelled(api: World) -> None:
    """Another operator and an approver who may read the mission get 404, and nothing is recorded."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    await api.approval(mission_id)
    for role in (Role.OPERATOR, Role.APPROVER):
        foreign = await api.member(role)
        assert (await foreign.http.post(f"/api/missions/{mission_id}/cancel")).status_code == 404
    assert await api.audited(f"mission/{mission_id}") == ["mission.created"]


@pytest.mark.parametrize("end", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
async def test_what_has_ended_is_not_cancelled(api: World, end: Status) -> None:
    """An ended mission answers 409."""
    operator = await api.member(Role.OPERATOR)
    mission_id = await api.mission(operator)
    await api.close_mission(mission_id, end)
    assert (await operator.http.post(f"/api/missions/{mission_id}/cancel")).status_code == 409
