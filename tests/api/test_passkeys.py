"""Passkeys: register, sign in, step up, delete; invalid credentials are refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from served_api import PUBLIC_URL, Member, World

from missions.permissions import Role
from probe.soft_authenticator import PRESENT, SoftAuthenticator

PATH = "/api/auth/passkeys"


async def added(member: Member, device: SoftAuthenticator | None = None) -> SoftAuthenticator:
    """A device with a registered passkey of this person."""
    device = device or SoftAuthenticator(PUBLIC_URL)
    options = (await member.http.post(f"{PATH}/options")).json()["publicKey"]
    made = await member.http.post(PATH, json={"name": "Key", "credential": device.make(options)})
    assert made.status_code == 201, made.text
    return device


async def login_options(api: World) -> dict[str, Any]:
    answer = await api.client().post(f"{PATH}/login/options")
    options: dict[str, Any] = answer.json()["publicKey"]
    return options


async def signed_in(api: World, credential: dict[str, Any], **more: Any) -> httpx.Response:
    return await api.client().post(f"{PATH}/login", json={"credential": credential, **more})


async def test_au10_a_passkey_signs_its_owner_in(api: World) -> None:
    """A passkey signs in without password or code; the challenge names no account and works once."""
    member = await api.member(Role.APPROVER)
    device = await added(member)
    options = await login_options(api)
    assert "allowCredentials" not in options or options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    proof = device.prove(options)
    session = await signed_in(api, proof)
    assert session.status_code == 200, session.text
    assert session.json()["user"]["id"] == str(member.person.id)
    assert (await signed_in(api, proof)).status_code == 401
    (mine,) = (await member.http.get(PATH)).json()["passkeys"]
    assert mine["usedAt"] is not None
    assert set(mine) == {"id", "name", "createdAt", "usedAt"}


async def test_au10_a_passkey_is_a_fresh_proof(api: World) -> None:
    """A passkey steps up its owner's session only."""
    member, other = await api.member(Role.VIEWER), await api.member(Role.VIEWER)
    device = await added(member)
    account = await api.people.by_id(member.person.id, member.person.org)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    stale = api.client(api.tokens.issue(account.person, member.session, account.version, long_ago))
    assert (await stale.post(f"{PATH}/options")).json()["type"] == "step_up_required"
    proof = {"credential": device.prove(await login_options(api))}
    stepped = await stale.post(f"{PATH}/step-up", json=proof)
    assert stepped.status_code == 200, stepped.text
    fresh = api.client(stepped.json()["accessToken"])
    assert (await fresh.post(f"{PATH}/options")).status_code == 200
    stolen = {"credential": device.prove(await login_options(api))}
    assert (await other.http.post(f"{PATH}/step-up", json=stolen)).status_code == 401


@pytest.mark.parametrize("wrong", ["origin", "unverified", "count", "unasked", "key", "owner", "nonsense"])
async def test_au10_what_does_not_fit_is_refused(api: World, wrong: str) -> None:
    """A wrong origin, no user verification, a copied device, an old challenge, key or owner is 401."""
    device = await added(await api.member(Role.OPERATOR))
    options = await login_options(api)
    match wrong:
        case "origin":
            device.origin = "https://evil.example"
        case "unverified":
            device.flags = PRESENT
        case "count":
            assert (await signed_in(api, device.prove(await login_options(api)))).status_code == 200
            device.count = 0
        case "unasked":
            options["challenge"] = "bmV2ZXIgYXNrZWQ"
        case "key":
            device.key = SoftAuthenticator(PUBLIC_URL).key
        case "owner":
            device.owner = b"somebody else ha"
        case _:
            pass
    proof = {"id": 7, "response": []} if wrong == "nonsense" else device.prove(options)
    assert (await signed_in(api, proof)).status_code == 401


async def test_au10_a_passkey_is_made_for_who_asked_and_lately_proved(api: World) -> None:
    """Registration refuses another person's challenge, an unverified user and a registered device."""
    member, other = await api.member(Role.VIEWER), await api.member(Role.VIEWER)
    options = (await other.http.post(f"{PATH}/options")).json()["publicKey"]
    made = {"name": "Key", "credential": SoftAuthenticator(PUBLIC_URL).make(options)}
    assert (await member.http.post(PATH, json=made)).status_code == 401
    options = (await member.http.post(f"{PATH}/options")).json()["publicKey"]
    unverified = SoftAuthenticator(PUBLIC_URL, flags=PRESENT).make(options)
    assert (await member.http.post(PATH, json={"name": "K", "credential": unverified})).status_code == 401
    device = await added(member)
    options = (await member.http.post(f"{PATH}/options")).json()["publicKey"]
    assert len(options["excludeCredentials"]) == 1
    again = {"name": "Key", "credential": device.make(options)}
    assert (await member.http.post(PATH, json=again)).status_code == 409


async def test_a_passkey_that_is_taken_away_signs_nobody_in(api: World) -> None:
    """Only its owner can delete a passkey; then, and for an unknown organization, sign-in is 401."""
    member, other = await api.member(Role.VIEWER), await api.member(Role.VIEWER)
    device = await added(member)
    (mine,) = (await member.http.get(PATH)).json()["passkeys"]
    assert (await other.http.delete(f"{PATH}/{mine['id']}")).status_code == 404
    nowhere = await signed_in(api, device.prove(await login_options(api)), org="no-such-place")
    assert nowhere.status_code == 401
    assert (await member.http.delete(f"{PATH}/{mine['id']}")).status_code == 204
    assert (await signed_in(api, device.prove(await login_options(api)))).status_code == 401


async def test_au7_wrong_passkeys_are_counted_as_passwords_are(api: World) -> None:
    """The sixth attempt of a device is refused, even a correct one; another device still works."""
    device, other = await added(await api.member(Role.VIEWER)), await added(await api.member(Role.VIEWER))
    right, device.key = device.key, other.key
    statuses = [(await signed_in(api, device.prove(await login_options(api)))).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    device.key = right
    assert (await signed_in(api, device.prove(await login_options(api)))).status_code == 429
    assert (await signed_in(api, other.prove(await login_options(api)))).status_code == 200
