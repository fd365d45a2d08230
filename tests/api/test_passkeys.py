"""Passkeys: made, used to sign in and to step up, taken away; what does not fit is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from served_api import PUBLIC_URL, Member, World
from soft_authenticator import PRESENT, SoftAuthenticator

from missions.permissions import Role

PATH = "/api/auth/passkeys"


async def added(member: Member, device: SoftAuthenticator | None = None) -> SoftAuthenticator:
    """A device with a passkey of this person."""
    device = device or SoftAuthenticator(PUBLIC_URL)
    options = (await member.http.post(f"{PATH}/options")).json()["publicKey"]
    made = await member.http.post(PATH, json={"name": "Key", "credential": device.make(options)})
    assert made.status_code == 201, made.text
    return device


async def asked(api: World) -> dict[str, Any]:
    answer = await api.client().post(f"{PATH}/login/options")
    options: dict[str, Any] = answer.json()["publicKey"]
    return options


async def signed_in(api: World, credential: dict[str, Any], **more: Any) -> httpx.Response:
    return await api.client().post(f"{PATH}/login", json={"credential": credential, **more})


async def test_au10_a_passkey_signs_its_owner_in(api: World) -> None:
    """Without a password and a code; the question names nobody, and an answer works once."""
    member = await api.member(Role.APPROVER)
    device = await added(member)
    options = await asked(api)
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
    """For whom it belongs to, and nobody else."""
    member, other = await api.member(Role.VIEWER), await api.member(Role.VIEWER)
    device = await added(member)
    account = await api.people.by_id(member.person.id, member.person.org)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    stale = api.client(api.tokens.issue(account.person, member.session, account.version, long_ago))
    assert (await stale.post(f"{PATH}/options")).json()["type"] == "step_up_required"
    proof = {"credential": device.prove(await asked(api))}
    stepped = await stale.post(f"{PATH}/step-up", json=proof)
    assert stepped.status_code == 200, stepped.text
    fresh = api.client(stepped.json()["accessToken"])
    assert (await fresh.post(f"{PATH}/options")).status_code == 200
    stolen = {"credential": device.prove(await asked(api))}
    assert (await other.http.post(f"{PATH}/step-up", json=stolen)).status_code == 401


@pytest.mark.parametrize("wrong", ["origin", "unverified", "count", "unasked", "key", "owner", "nonsense"])
async def test_au10_what_does_not_fit_is_refused(api: World, wrong: str) -> None:
    """Another site, no finger or PIN, a copied device, an old question, another key or owner: 401."""
    device = await added(await api.member(Role.OPERATOR))
    options = await asked(api)
    match wrong:
        case "origin":
            device.origin = "https://evil.example"
        case "unverified":
            device.flags = PRESENT
        case "count":
            assert (await signed_in(api, device.prove(await asked(api)))).status_code == 200
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
    """Not from somebody else's question, not without verifying its owner, not twice."""
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
    """By its owner only; nor does one of who left the organization."""
    member, other = await api.member(Role.VIEWER), await api.member(Role.VIEWER)
    device = await added(member)
    (mine,) = (await member.http.get(PATH)).json()["passkeys"]
    assert (await other.http.delete(f"{PATH}/{mine['id']}")).status_code == 404
    nowhere = await signed_in(api, device.prove(await asked(api)), org="no-such-place")
    assert nowhere.status_code == 401
    assert (await member.http.delete(f"{PATH}/{mine['id']}")).status_code == 204
    assert (await signed_in(api, device.prove(await asked(api)))).status_code == 401


async def test_au7_wrong_passkeys_are_counted_as_passwords_are(api: World) -> None:
    """The sixth is refused, a right one too; another device goes on."""
    device, other = await added(await api.member(Role.VIEWER)), await added(await api.member(Role.VIEWER))
    right, device.key = device.key, other.key
    statuses = [(await signed_in(api, device.prove(await asked(api)))).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    device.key = right
    assert (await signed_in(api, device.prove(await asked(api)))).status_code == 429
    assert (await signed_in(api, other.prove(await asked(api)))).status_code == 200
