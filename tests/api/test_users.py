"""`/api/users`: an organization's people, for its administrators."""

from typing import Any
from uuid import uuid4

import pytest
from served_api import PASSWORD, World

from missions.permissions import Role


async def test_administrators_see_their_people(api: World) -> None:
    """The list is paged by cursor, oldest first, searchable, and has no people of other organizations."""
    admin = await api.member(Role.ADMIN)
    made = [await api.member(Role.VIEWER, name=f"Zoe number {n}") for n in range(3)]
    await api.member(Role.VIEWER, name="Zoe of elsewhere", org="other")
    seen, cursor = [], None
    while True:
        params: dict[str, Any] = {"limit": 2, "q": "zoe NUMBER"} | ({"cursor": cursor} if cursor else {})
        page = (await admin.http.get("/api/users", params=params)).json()
        assert len(page["users"]) <= 2
        seen += [member["id"] for member in page["users"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == [str(member.person.id) for member in made]
    everybody = (await admin.http.get("/api/users", params={"limit": 100, "q": "elsewhere"})).json()
    assert everybody["users"] == []


@pytest.mark.parametrize("params", [{"limit": 10**9}, {"limit": 0}, {"limit": "x"}, {"q": ""}], ids=repr)
async def test_az8_lists_are_bounded(api: World, params: dict[str, Any]) -> None:
    """A limit outside 1 to 100 and an empty search are 422."""
    admin = await api.member(Role.ADMIN)
    assert (await admin.http.get("/api/users", params=params)).status_code == 422


async def test_az8_a_cursor_of_users_is_an_id(api: World) -> None:
    """Any cursor that is not an id is 422; a foreign person's id reveals nothing."""
    admin, foreign = await api.member(Role.ADMIN), await api.member(Role.VIEWER, org="other")
    for wrong in ("", "x", "%00", "A" * 200):
        assert (await admin.http.get("/api/users", params={"cursor": wrong})).status_code == 422
    page = (await admin.http.get("/api/users", params={"cursor": str(foreign.person.id)})).json()
    assert foreign.person.email not in {user["email"] for user in page["users"]}


async def test_az2_people_of_elsewhere_do_not_exist(api: World) -> None:
    """Another organization's people are 404, like unknown ones."""
    admin, stranger = await api.member(Role.ADMIN), await api.member(Role.VIEWER, org="other")
    for user in (stranger.person.id, uuid4()):
        path = f"/api/users/{user}"
        answers = [
            await admin.http.get(path),
            await admin.http.patch(path, json={"roles": ["ADMIN"]}),
            await admin.http.post(f"{path}/password-link"),
            await admin.http.post(f"{path}/logout"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert {answer.json()["detail"] for answer in answers} == {
            "There is no such thing here. Unknown user."
        }
    assert (await stranger.http.get("/api/auth/me")).status_code == 200


async def test_au1_a_demotion_or_a_ban_counts_with_the_next_request(api: World) -> None:
    """The old access token is refused; a new one has the new roles, and a disabled person gets none."""
    admin, member = await api.member(Role.ADMIN), await api.member(Role.OPERATOR)
    path = f"/api/users/{member.person.id}"
    changed = await admin.http.patch(path, json={"roles": ["VIEWER"], "services": ["payments"]})
    assert (changed.json()["roles"], changed.json()["services"]) == (["VIEWER"], ["payments"])
    assert (await member.http.get("/api/auth/me")).status_code == 401
    renewed = await api.client().post("/api/auth/refresh", json={"refreshToken": member.refresh_token})
    client = api.client(renewed.json()["accessToken"])
    assert (await client.get("/api/auth/me")).json()["roles"] == ["VIEWER"]
    prompt = {"prompt": "Something is wrong with checkout."}
    assert (await client.post("/api/missions", json=prompt)).status_code == 403
    assert (await admin.http.patch(path, json={"disabled": True})).json()["disabledAt"] is not None
    assert (await client.get("/api/auth/me")).status_code == 401
    token = {"refreshToken": renewed.json()["refreshToken"]}
    assert (await api.client().post("/api/auth/refresh", json=token)).status_code == 401
    login = {"email": member.person.email, "password": PASSWORD}
    assert (await api.client().post("/api/auth/login", json=login)).status_code == 401
    back = (await admin.http.patch(path, json={"disabled": False, "services": None})).json()
    assert (back["disabledAt"], back["services"]) == (None, None)
    assert (await api.client().post("/api/auth/login", json=login)).status_code == 200
    assert (await api.audited(f"user/{member.person.id}")).count("user.changed") == 3


async def test_an_organization_keeps_an_administrator(api: World) -> None:
    """A change that would leave no administrator is 409 and changes nothing."""
    first = await api.member(Role.ADMIN, org="other")
    users = (await first.http.get("/api/users", params={"limit": 100})).json()["users"]
    for user in users:
        if "ADMIN" in user["roles"] and user["id"] != str(first.person.id):
            await first.http.patch(f"/api/users/{user['id']}", json={"roles": ["VIEWER"]})
    path = f"/api/users/{first.person.id}"
    for change in ({"roles": ["AUDITOR"]}, {"disabled": True}):
        assert (await first.http.patch(path, json=change)).status_code == 409
    assert (await first.http.get("/api/auth/me")).json()["roles"] == ["ADMIN"]


async def test_who_is_a_member_already_is_not_taken_over(api: World) -> None:
    """Adding an existing member is 409, and so is a password link for a member of several organizations."""
    admin, foreign = await api.member(Role.ADMIN), await api.member(Role.ADMIN, org="other")
    body = {"email": foreign.person.email, "name": "Mine now", "roles": ["VIEWER"]}
    assert (await admin.http.post("/api/users", json=body)).status_code == 409
    assert (await foreign.http.get("/api/auth/me")).json()["name"] == foreign.person.name
    await api.people.add("demo", foreign.person.email, "Both", "hash", frozenset({Role.VIEWER}))
    answer = await admin.http.post(f"/api/users/{foreign.person.id}/password-link")
    assert answer.status_code == 409


async def test_a_service_limits_what_one_approves_for(api: World) -> None:
    """An approver limited to another service gets 404 (AZ11); for the own service 200."""
    admin, owner = await api.member(Role.ADMIN), await api.member(Role.OPERATOR)
    approval = await api.approval(await api.mission(owner))
    member = await api.member(Role.APPROVER)
    body = {"status": "APPROVED", "notes": "fine", "actionHash": approval.action_hash}
    for services, status in ((["checkout"], 404), (["payments"], 200)):
        await admin.http.patch(f"/api/users/{member.person.id}", json={"services": services})
        again = await api.signed_in(member.person.email)
        answer = await again.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
        assert answer.status_code == status, services


@pytest.mark.parametrize(
    "body",
    [
        {"roles": []},
        {"roles": ["GOD"]},
        {"roles": None, "org": "other"},
        {"id": "x"},
        {"isService": True},
        {"services": ["../x"]},
        {"email": "new@shop.example"},
    ],
    ids=repr,
)
async def test_az7_a_change_names_what_may_change(api: World, body: dict[str, Any]) -> None:
    """Any other field or value is 422."""
    admin, member = await api.member(Role.ADMIN), await api.member(Role.VIEWER)
    assert (await admin.http.patch(f"/api/users/{member.person.id}", json=body)).status_code == 422
