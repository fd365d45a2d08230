"""Service accounts, and their API keys."""

from typing import Any

import httpx
import pytest
from served_api import PROMPT, Member, World
from sqlalchemy import text

from missions.permissions import Role

PATH = "/api/service-accounts"


async def robot(admin: Member, *roles: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """An account with all roles that it may have, and a key with the given roles."""
    body = {"name": "Robot", "roles": ["VIEWER", "OPERATOR"]}
    account = (await admin.http.post(PATH, json=body)).json()["id"]
    key = await admin.http.post(f"{PATH}/{account}/keys", json={"name": "k", "roles": list(roles)} | more)
    assert key.status_code == 201, key.text
    return account, key.json()


def client(api: World, key: str) -> httpx.AsyncClient:
    return api.client(key)


async def test_a_key_opens_what_it_says(api: World) -> None:
    """A key works as bearer token and X-API-Key; routes outside its roles and routes for people are 403."""
    admin = await api.member(Role.ADMIN)
    account, key = await robot(admin, "OPERATOR")
    assert key["key"].startswith("oak_")
    http = client(api, key["key"])
    assert (await http.get("/api/auth/me")).json()["id"] == account
    by_header = await api.client().get("/api/auth/me", headers={"X-API-Key": key["key"]})
    assert by_header.json()["roles"] == ["OPERATOR"]
    assert (await http.post("/api/missions", json={"prompt": PROMPT})).status_code == 201
    for path in ("/api/users", "/api/auth/sessions", PATH):
        assert (await http.get(path)).status_code == 403, path
    _, narrow = await robot(admin, "VIEWER")
    refused = await client(api, narrow["key"]).post("/api/missions", json={"prompt": PROMPT})
    assert refused.status_code == 403


async def test_ap1_a_service_account_neither_decides_nor_administers(api: World) -> None:
    """Deciding roles are 422 for account and key; even a row with such roles cannot decide."""
    admin = await api.member(Role.ADMIN)
    for role in ("APPROVER", "ADMIN"):
        assert (await admin.http.post(PATH, json={"name": "R", "roles": [role]})).status_code == 422
    account, key = await robot(admin, "OPERATOR")
    body = {"name": "k", "roles": ["APPROVER"]}
    assert (await admin.http.post(f"{PATH}/{account}/keys", json=body)).status_code == 422
    change = await admin.http.patch(f"/api/users/{account}", json={"roles": ["APPROVER"]})
    assert change.status_code == 422
    owner = await api.member(Role.OPERATOR)
    approval = await api.approval(await api.mission(owner))
    async with api.owner.transaction() as session:
        for table in ("memberships", "api_keys"):
            everything = f"UPDATE shared.{table} SET roles = '{{ADMIN,APPROVER}}' WHERE person_id = :id"  # noqa: S608  our own names
            await session.execute(text(everything), {"id": account})
    answer = await client(api, key["key"]).patch(
        f"/api/approvals/{approval.id}/respond",
        json={"status": "APPROVED", "notes": "yes", "actionHash": approval.action_hash},
    )
    assert answer.status_code == 403


async def test_a_key_ends(api: World) -> None:
    """After revocation, expiry or disabling of its account, the next request of a key is 401."""
    admin = await api.member(Role.ADMIN)
    for way in ("revoked", "expired", "disabled"):
        account, key = await robot(admin, "VIEWER")
        http = client(api, key["key"])
        assert (await http.get("/api/auth/me")).status_code == 200
        if way == "revoked":
            gone = f"{PATH}/{account}/keys/{key['id']}"
            assert [(await admin.http.delete(gone)).status_code for _ in range(2)] == [204, 404]
        elif way == "expired":
            async with api.owner.transaction() as session:
                over = text("UPDATE shared.api_keys SET expires_at = clock_timestamp() WHERE id = :id")
                await session.execute(over, {"id": key["id"]})
        else:
            await admin.http.patch(f"/api/users/{account}", json={"disabled": True})
        assert (await http.get("/api/auth/me")).status_code == 401, way


async def test_a_key_is_told_once(api: World) -> None:
    """The list and the database do not contain the key; an invalid key is 401."""
    admin = await api.member(Role.ADMIN)
    account, key = await robot(admin, "VIEWER", expiresInDays=1)
    listed = await admin.http.get(PATH)
    assert key["key"] not in listed.text
    mine = next(
        service_account
        for service_account in listed.json()["serviceAccounts"]
        if service_account["id"] == account
    )
    assert [key["name"] for key in mine["keys"]] == ["k"]
    async with api.owner.transaction() as session:
        dump = text("SELECT string_agg(t::text, ' ') FROM shared.api_keys t")
        assert key["key"][4:] not in (await session.execute(dump)).scalar_one()
    for wrong in ("oak_", "oak_x", key["key"][:-1], key["key"].upper()):
        assert (await client(api, wrong).get("/api/auth/me")).status_code == 401


async def test_az10_a_key_records_who_created_it(api: World) -> None:
    """Each key names the administrator who created it, in the answer, the list and the database."""
    first, second = await api.member(Role.ADMIN), await api.member(Role.ADMIN)
    account, key = await robot(first, "VIEWER")
    body = {"name": "another", "roles": ["VIEWER"]}
    other = (await second.http.post(f"{PATH}/{account}/keys", json=body)).json()
    creators = {key["id"]: str(first.person.id), other["id"]: str(second.person.id)}
    assert {made["id"]: made["createdBy"] for made in (key, other)} == creators
    accounts = (await first.http.get(PATH)).json()["serviceAccounts"]
    (listed,) = [entry["keys"] for entry in accounts if entry["id"] == account]
    assert {made["id"]: made["createdBy"] for made in listed} == creators
    async with api.owner.transaction() as session:
        query = text("SELECT id::text, created_by::text FROM shared.api_keys WHERE person_id = :id")
        rows = (await session.execute(query, {"id": account})).all()
    assert {row.id: row.created_by for row in rows} == creators


async def test_az2_programs_of_elsewhere_do_not_exist(api: World) -> None:
    """Another organization's service accounts are 404 and not listed."""
    admin, foreign = await api.member(Role.ADMIN), await api.member(Role.ADMIN, org="other")
    account, key = await robot(admin, "VIEWER")
    body = {"name": "k", "roles": ["VIEWER"]}
    assert (await foreign.http.post(f"{PATH}/{account}/keys", json=body)).status_code == 404
    assert (await foreign.http.delete(f"{PATH}/{account}/keys/{key['id']}")).status_code == 404
    assert account not in (await foreign.http.get(PATH)).text


@pytest.mark.parametrize("days", [0, 366, 10**9, "x"], ids=repr)
async def test_every_key_has_an_end(api: World, days: Any) -> None:
    """A lifetime that is not 1 to 365 days is 422."""
    admin = await api.member(Role.ADMIN)
    account, _ = await robot(admin, "VIEWER")
    body = {"name": "k", "roles": ["VIEWER"], "expiresInDays": days}
    assert (await admin.http.post(f"{PATH}/{account}/keys", json=body)).status_code == 422


async def test_az10_a_program_is_no_last_administrator(api: World) -> None:
    """A service account whose row has ADMIN does not count: the last person stays administrator."""
    admin = await api.member(Role.ADMIN, org="other")
    async with api.owner.transaction() as session:
        others = text(
            "UPDATE shared.memberships SET roles = '{VIEWER}' WHERE org = 'other' AND person_id <> :id"
        )
        await session.execute(others, {"id": admin.person.id})
    account, _ = await robot(admin, "VIEWER")
    async with api.owner.transaction() as session:
        stored = text("UPDATE shared.memberships SET roles = '{ADMIN}' WHERE person_id = :id")
        await session.execute(stored, {"id": account})
    for change in ({"roles": ["VIEWER"]}, {"disabled": True}):
        answer = await admin.http.patch(f"/api/users/{admin.person.id}", json=change)
        assert answer.status_code == 409, answer.text
