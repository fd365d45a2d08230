"""`/api/missions`: lists, statistics and deletion."""

from uuid import UUID, uuid4

import pytest
from served_api import PROMPT, Member, World

from missions.event import Started
from missions.mission import Status
from missions.permissions import Role


async def started(member: Member, prompt: str, priority: str = "NORMAL") -> UUID:
    answer = await member.http.post("/api/missions", json={"prompt": prompt, "priority": priority})
    assert answer.status_code == 201
    return UUID(answer.json()["missionId"])


async def listed(member: Member, **params: object) -> list[str]:
    answer = await member.http.get(
        "/api/missions", params={name: str(value) for name, value in params.items()}
    )
    assert answer.status_code == 200, answer.text
    return [mission["id"] for mission in answer.json()["missions"]]


async def test_stats_count_what_the_person_may_see(api: World) -> None:
    """The statistics count readable missions by state, with mean duration and success rate."""
    owner = await api.member(Role.OPERATOR)
    made = [await api.mission(owner) for _ in range(5)]
    for mission_id in made[:3]:
        await api.journal.append("demo", mission_id, "agent", Started())
    await api.close_mission(made[0])
    await api.close_mission(made[1], Status.FAILED)
    await api.approval(made[2])
    await api.close_mission(made[3], Status.CANCELLED)
    stats = (await owner.http.get("/api/missions/stats")).json()["stats"]
    assert stats.pop("avgExecutionTimeMs") >= 0
    counts = {"total": 5, "completed": 1, "failed": 1, "running": 1, "pending": 1}
    assert stats == counts | {"successRate": 50.0}
    admin, other = await api.member(Role.ADMIN), await api.member(Role.OPERATOR)
    theirs = (await admin.http.get("/api/missions/stats", params={"userId": str(owner.person.id)})).json()
    assert theirs["stats"]["total"] == 5
    assert (await admin.http.get("/api/missions/stats")).json()["stats"]["total"] >= 5
    nothing = (await other.http.get("/api/missions/stats")).json()["stats"]
    assert set(nothing.values()) == {0}


async def test_another_users_missions_are_asked_for_by_who_may_read_all(api: World) -> None:
    """Another person's userId is 403 without the permission to read all; the own id is always allowed."""
    owner, other, auditor = [await api.member(role) for role in (Role.OPERATOR, Role.VIEWER, Role.AUDITOR)]
    mission_id = await api.mission(owner)
    owner_id = str(owner.person.id)
    for path in ("/api/missions", "/api/missions/stats"):
        assert (await other.http.get(path, params={"userId": owner_id})).status_code == 403
        assert (await owner.http.get(path, params={"userId": owner_id})).status_code == 200
    assert await listed(auditor, userId=owner_id) == [str(mission_id)]


async def test_a_list_is_sorted_and_paged_by_cursor_in_every_order(api: World) -> None:
    """Lists sort by age, priority or status, ties by age, and cursors give each mission once."""
    owner = await api.member(Role.OPERATOR)
    priorities = ("HIGH", "LOW", "CRITICAL", "NORMAL", "LOW")
    high, low, critical, normal, low_too = made = [
        str(await started(owner, PROMPT, priority)) for priority in priorities
    ]
    await api.close_mission(UUID(low))
    expected = {
        ("createdAt", "asc"): made,
        ("createdAt", "desc"): made[::-1],
        ("priority", "desc"): [critical, high, normal, low_too, low],
        ("priority", "asc"): [low, low_too, normal, high, critical],
        ("status", "asc"): [high, critical, normal, low_too, low],
        ("status", "desc"): [low, low_too, normal, critical, high],
    }
    for (by, order), ids in expected.items():
        seen: list[str] = []
        params: dict[str, str] = {"sortBy": by, "sortOrder": order, "limit": "2"}
        while True:
            page = (await owner.http.get("/api/missions", params=params)).json()
            seen += [mission["id"] for mission in page["missions"]]
            if (cursor := page["pagination"]["nextCursor"]) is None:
                break
            params["cursor"] = cursor
        assert seen == ids, (by, order)


async def test_words_are_found_literally(api: World) -> None:
    """Search ignores case and takes `%` and `_` literally."""
    owner = await api.member(Role.OPERATOR)
    percent = str(await started(owner, "The error rate is at 100% since noon."))
    plain = str(await started(owner, "The error rate is at 1000 since NOON_TIME."))
    assert await listed(owner, q="Noon") == [plain, percent]
    assert await listed(owner, q="100%") == [percent]
    assert await listed(owner, q="noon_") == [plain]
    assert await listed(owner, q="noon", status="COMPLETED") == []
    assert await listed(owner, q="\\") == []


@pytest.mark.parametrize(
    "params",
    [{"sortBy": "prompt"}, {"sortOrder": "up"}, {"userId": "me"}, {"q": ""}, {"q": "x" * 201}, {"q": "\0"}],
    ids=repr,
)
async def test_a_list_refuses_what_it_does_not_know(api: World, params: dict[str, str]) -> None:
    """Invalid parameters are 422."""
    owner = await api.member(Role.OPERATOR)
    assert (await owner.http.get("/api/missions", params=params)).status_code == 422


async def test_a_deleted_mission_is_gone_for_people_and_kept_for_audit(api: World) -> None:
    """A deleted mission is 404 and in no list or statistic; its events and audit entries stay."""
    owner, admin = await api.member(Role.OPERATOR), await api.member(Role.ADMIN)
    mission_id = await api.mission(owner)
    path = f"/api/missions/{mission_id}"
    assert (await owner.http.delete(path)).status_code == 409
    await api.close_mission(mission_id)
    assert (await owner.http.delete(path)).status_code == 204
    for member in (owner, admin):
        for gone in (path, f"{path}/events", f"{path}/stream", f"/api/queue/job/{mission_id}"):
            assert (await member.http.get(gone)).status_code == 404
        assert (await member.http.delete(path)).status_code == 404
        assert (await member.http.post(f"{path}/cancel")).status_code == 404
        assert str(mission_id) not in await listed(member)
    assert (await owner.http.get("/api/missions/stats")).json()["stats"]["total"] == 0
    kept = await api.journal.read("demo", mission_id)
    assert [event.key for event in kept] == ["created", "closed", "hidden"]
    assert await api.audited(f"mission/{mission_id}") == ["mission.created", "mission.deleted"]


async def test_only_owner_and_administrator_delete(api: World) -> None:
    """Other people get 404, even if they may read the mission."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    await api.approval(mission_id)
    await api.close_mission(mission_id)
    for role in (Role.OPERATOR, Role.APPROVER, Role.AUDITOR):
        foreign = await api.member(role)
        assert (await foreign.http.delete(f"/api/missions/{mission_id}")).status_code == 404
    admin = await api.member(Role.ADMIN)
    assert (await admin.http.delete(f"/api/missions/{uuid4()}")).status_code == 404
    assert (await admin.http.delete(f"/api/missions/{mission_id}")).status_code == 204
