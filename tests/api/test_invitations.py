"""People join an organization by an invitation link; a person may belong to several organizations."""

from typing import Any
from uuid import uuid4

import httpx
from served_api import ORG, PASSWORD, Member, World

from missions.permissions import Role

FRESH = "a staple of another horse"


async def invited(admin: Member, email: str, *roles: Role) -> str:
    """The token of a new invitation link."""
    body = {"email": email, "roles": roles or (Role.VIEWER,)}
    answer = await admin.http.post("/api/invitations", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["url"].endswith(f"/join#token={answer.json()['token']}")
    return str(answer.json()["token"])


async def accepted(api: World, token: str, password: str = FRESH) -> httpx.Response:
    body = {"token": token, "password": password, "name": "Ines Invited"}
    return await api.client().post("/api/auth/invitations/accept", json=body)


async def signed_in(api: World, email: str, password: str, org: str | None = None) -> Any:
    login = {"email": email, "password": password} | ({"org": org} if org else {})
    return await api.client().post("/api/auth/login", json=login)


async def test_somebody_new_joins_with_a_password_of_their_own(api: World) -> None:
    """A link works once, the invitation is audited, and the trail does not contain its token."""
    admin, email = await api.member(Role.ADMIN), f"{uuid4().hex}@shop.example"
    token = await invited(admin, email, Role.OPERATOR)
    assert (await accepted(api, token, "short")).status_code == 422
    assert (await accepted(api, token)).status_code == 204
    assert (await accepted(api, token)).status_code == 401, "it works once"
    user = (await signed_in(api, email, FRESH)).json()["user"]
    assert (user["org"], user["roles"], user["name"]) == (ORG, ["OPERATOR"], "Ines Invited")
    assert await api.audited(f"user/{user['id']}") == ["user.joined"]
    trail = (await admin.http.get("/api/audit", params={"deed": "user.invited"})).text
    assert email in trail
    assert token not in trail


async def test_a_member_of_elsewhere_proves_their_password_and_belongs_to_both(api: World) -> None:
    """A member of two organizations signs in to a named one, and has only that one's roles there."""
    admin, guest = await api.member(Role.ADMIN), await api.member(Role.APPROVER, org="other")
    token = await invited(admin, guest.person.email, Role.VIEWER)
    assert (await accepted(api, token, FRESH)).status_code == 401, "the link alone sets no member's password"
    assert (await accepted(api, token, PASSWORD)).status_code == 204
    for org, roles in ((ORG, ["VIEWER"]), ("other", ["APPROVER"])):
        session = (await signed_in(api, guest.person.email, PASSWORD, org)).json()
        assert (session["user"]["org"], session["user"]["roles"]) == (org, roles)
        mine = await api.client(session["accessToken"]).get("/api/auth/organizations")
        body = {organization["slug"]: organization["roles"] for organization in mine.json()["organizations"]}
        assert body == {ORG: ["VIEWER"], "other": ["APPROVER"]}
    nowhere = await signed_in(api, guest.person.email, PASSWORD, "no-such-place")
    assert nowhere.status_code == 401
    again = await invited(admin, guest.person.email)
    assert (await accepted(api, again, PASSWORD)).status_code == 409


async def test_who_only_registered_proved_nothing(api: World) -> None:
    """The invited person sets a new password; a password from an earlier registration stops working."""
    admin, email = await api.member(Role.ADMIN), f"{uuid4().hex}@shop.example"
    squatter = {"email": email, "password": PASSWORD, "name": "Squatter"}
    assert (await api.client().post("/api/auth/register", json=squatter)).status_code == 201
    assert (await accepted(api, await invited(admin, email))).status_code == 204
    assert (await signed_in(api, email, PASSWORD)).status_code == 401
    assert (await signed_in(api, email, FRESH)).status_code == 200


async def test_a_link_takes_over_nobody(api: World) -> None:
    """An account without a password that another organization added cannot be joined by a link (409)."""
    admin, other = await api.member(Role.ADMIN), await api.member(Role.ADMIN, org="other")
    email = f"{uuid4().hex}@shop.example"
    body = {"email": email, "name": "Waits", "roles": ["ADMIN"]}
    assert (await other.http.post("/api/users", json=body)).status_code == 201
    assert (await accepted(api, await invited(admin, email))).status_code == 409


async def test_an_older_and_a_made_up_link_are_nothing(api: World) -> None:
    """Only an organization's newest link for an address works; other organizations' links stay valid."""
    admin, other = await api.member(Role.ADMIN), await api.member(Role.ADMIN, org="other")
    email = f"{uuid4().hex}@shop.example"
    elsewhere, first = await invited(other, email), await invited(admin, email)
    second = await invited(admin, email)
    for wrong in (first, "made-up"):
        assert (await accepted(api, wrong)).status_code == 401
    assert (await accepted(api, second)).status_code == 204
    assert (await accepted(api, elsewhere, FRESH)).status_code == 204


async def test_open_invitations_are_listed_and_revoked(api: World) -> None:
    """The list has no tokens and no used or foreign invitations; a revoked link stops working."""
    admin, other = await api.member(Role.ADMIN), await api.member(Role.ADMIN, org="other")
    email = f"{uuid4().hex}@shop.example"
    token = await invited(admin, email, Role.OPERATOR)
    answer = await admin.http.get("/api/invitations")
    (mine,) = [invitation for invitation in answer.json()["invitations"] if invitation["email"] == email]
    assert (mine["roles"], mine["services"]) == (["OPERATOR"], None)
    assert token not in answer.text
    assert email not in (await other.http.get("/api/invitations")).text
    place = f"/api/invitations/{mine['id']}"
    assert (await other.http.delete(place)).status_code == 404
    assert (await admin.http.delete(place)).status_code == 204
    assert (await accepted(api, token)).status_code == 401
    assert (await admin.http.delete(place)).status_code == 404
    assert email not in (await admin.http.get("/api/invitations")).text
    trail = (await admin.http.get("/api/audit", params={"deed": "invitation.revoked"})).text
    assert email in trail
    used = await invited(admin, email)
    assert (await accepted(api, used)).status_code == 204
    assert email not in (await admin.http.get("/api/invitations")).text
