"""AU17: what people sign in with, seen and removed by their administrators, and at a password reset."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyotp
import pytest
from served_api import ORG, PASSWORD, PUBLIC_URL, Member, World

from missions.permissions import Role
from probe.soft_authenticator import SoftAuthenticator
from runtime.bootstrap import password_token
from stores.postgres.accounts.tables import IdentityRow

NEW = "a much better passphrase"
PASSWORD_ONLY = {"methods": ["password"], "totp": False, "passkeys": [], "providers": []}


@dataclass(frozen=True)
class Equipped:
    """A member with a password, a passkey, an authenticator app and an identity at a provider."""

    member: Member
    device: SoftAuthenticator
    passkey: UUID
    totp: pyotp.TOTP

    @property
    def path(self) -> str:
        return f"/api/users/{self.member.person.id}"

    @property
    def removals(self) -> list[str]:
        """The paths that remove one factor each."""
        factors = (f"passkeys/{self.passkey}", "identities/local", "totp")
        return [f"{self.path}/{factor}" for factor in factors]


async def equipped(api: World, org: str = ORG) -> Equipped:
    return await equip(api, await api.member(Role.VIEWER, org=org))


async def equip(api: World, member: Member) -> Equipped:
    device = SoftAuthenticator(PUBLIC_URL)
    options = (await member.http.post("/api/auth/passkeys/options")).json()["publicKey"]
    body = {"name": "Laptop", "credential": device.make(options)}
    passkey = (await member.http.post("/api/auth/passkeys", json=body)).json()["id"]
    totp = pyotp.TOTP((await member.http.post("/api/auth/totp")).json()["key"])
    confirmed = await member.http.post("/api/auth/totp/confirm", json={"code": totp.now()})
    assert confirmed.status_code == 204
    async with api.owner.transaction() as session:
        issuer = IdentityRow(
            issuer="https://id.example", subject=uuid4().hex, person_id=member.person.id, provider="local"
        )
        session.add(issuer)
    return Equipped(member, device, UUID(passkey), totp)


async def factors(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def with_passkey(api: World, device: SoftAuthenticator) -> int:
    options = (await api.client().post("/api/auth/passkeys/login/options")).json()["publicKey"]
    body = {"credential": device.prove(options)}
    return (await api.client().post("/api/auth/passkeys/login", json=body)).status_code


async def test_au17_a_person_sees_what_they_can_prove_themselves_with(api: World) -> None:
    """The answer names each factor; a person who has only a password has only that."""
    person = await equipped(api)
    own = await factors(person.member.http, "/api/auth/factors")
    (passkey,) = own["passkeys"]
    assert (passkey["id"], passkey["name"]) == (str(person.passkey), "Laptop")
    assert own["methods"] == ["password", "passkey", "openid"]
    assert (own["totp"], own["providers"]) == (True, ["local"])
    plain = await api.member(Role.VIEWER)
    assert await factors(plain.http, "/api/auth/factors") == PASSWORD_ONLY


async def test_au17_an_administrator_sees_and_removes_a_members_factors(api: World) -> None:
    """Each removal is audited, ends the sessions, and the factor signs nobody in; again it is 404."""
    admin, person = await api.member(Role.ADMIN), await equipped(api)
    seen = await factors(admin.http, f"{person.path}/factors")
    assert seen == await factors(person.member.http, "/api/auth/factors")
    for path in person.removals:
        session = await api.signed_in(person.member.person.email)
        assert (await admin.http.delete(path)).status_code == 204, path
        assert (await session.http.get("/api/auth/me")).status_code == 401, path
        assert (await admin.http.delete(path)).status_code == 404, path
    left = await factors(admin.http, f"{person.path}/factors")
    assert left == PASSWORD_ONLY
    assert await with_passkey(api, person.device) == 401
    login = {"email": person.member.person.email, "password": PASSWORD}
    assert (await api.client().post("/api/auth/login", json=login)).status_code == 200, "without a code"
    audited = await api.audited(f"user/{person.member.person.id}")
    assert audited.count("factor.removed") == 3


async def test_au17_factors_of_other_organizations_are_out_of_reach(api: World) -> None:
    """A stranger is 404; a member who also belongs elsewhere is 409, suspended and disabled there too."""
    admin, stranger = await api.member(Role.ADMIN), await equipped(api, org="other")
    both, other = await api.member(Role.VIEWER), await api.member(Role.ADMIN, org="other")
    body = {"email": both.person.email, "roles": ["VIEWER"]}
    token = (await other.http.post("/api/invitations", json=body)).json()["token"]
    joining = {"token": token, "password": PASSWORD, "name": "Both"}
    joined = await api.client().post("/api/auth/invitations/accept", json=joining)
    assert joined.status_code == 204
    shared = await equip(api, await api.signed_in(both.person.email))  # joining removed earlier factors
    for client in (admin.http, other.http):
        assert (await client.get(f"{shared.path}/factors")).status_code == 409
        assert [(await client.delete(path)).status_code for path in shared.removals] == [409] * 3
    disabled = await other.http.patch(f"/api/users/{shared.member.person.id}", json={"disabled": True})
    assert disabled.status_code == 200
    assert (await admin.http.delete(shared.removals[0])).status_code == 409
    assert (await admin.http.get(f"{stranger.path}/factors")).status_code == 404
    assert [(await admin.http.delete(path)).status_code for path in stranger.removals] == [404] * 3
    assert await with_passkey(api, shared.device) == 200
    assert await with_passkey(api, stranger.device) == 200


async def test_au17_removing_a_factor_needs_a_fresh_administrator(api: World) -> None:
    """A stale login is `step_up_required`, one's own factors are 409, other roles are 403."""
    admin, person = await api.member(Role.ADMIN), await equipped(api)
    account = await api.people.by_id(admin.person.id, ORG)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    stale = api.client(api.tokens.issue(account.person, admin.session, account.version, long_ago))
    viewer = await api.member(Role.VIEWER)
    for path in person.removals:
        assert (await stale.delete(path)).json()["type"] == "step_up_required"
        assert (await viewer.http.delete(path)).status_code == 403
    own = f"/api/users/{admin.person.id}"
    for factor in (f"passkeys/{uuid4()}", "identities/local", "totp"):
        assert (await admin.http.delete(f"{own}/{factor}")).status_code == 409


@pytest.mark.parametrize("issuer", ["administrator", "owner"])
@pytest.mark.parametrize("wanted", [True, False])
async def test_au17_a_reset_removes_the_other_factors_where_it_is_asked(
    api: World,
    issuer: str,
    wanted: bool,  # noqa: FBT001  parametrized
) -> None:
    """With `revokeOtherFactors` only the new password is left; by default the other factors stay."""
    admin, person = await api.member(Role.ADMIN), await equipped(api)
    if issuer == "owner":
        token = await password_token(api.urls.owner, person.member.person.email)
    else:
        token = (await admin.http.post(f"{person.path}/password-link")).json()["token"]
    body = {"token": token, "password": NEW} | ({"revokeOtherFactors": True} if wanted else {})
    assert (await api.client().post("/api/auth/password/reset", json=body)).status_code == 204
    assert await with_passkey(api, person.device) == (401 if wanted else 200)
    login = {"email": person.member.person.email, "password": NEW}
    answer = await api.client().post("/api/auth/login", json=login)
    assert answer.status_code == (200 if wanted else 401)
    seen = await factors(admin.http, f"{person.path}/factors")
    assert [seen["totp"], bool(seen["passkeys"]), bool(seen["providers"])] == [not wanted] * 3
