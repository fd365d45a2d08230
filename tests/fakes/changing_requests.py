"""One successful request for each route that changes something."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import pyotp
import samples as sample
from served_api import ORG, PASSWORD, PUBLIC_URL, Member, World
from sqlalchemy import text

from missions.event import Planned
from missions.permissions import Role
from probe.soft_authenticator import SoftAuthenticator
from stores.postgres.accounts.tables import IdentityRow

Request = Callable[[World, Member], Awaitable[httpx.Response]]
NEXT_PASSWORD = "another horse battery staple"


async def _login(api: World, member: Member) -> httpx.Response:
    body = {"email": member.person.email, "password": PASSWORD}
    return await api.client().post("/api/auth/login", json=body)


async def _refresh(api: World, member: Member) -> httpx.Response:
    return await api.client().post("/api/auth/refresh", json={"refreshToken": member.refresh_token})


async def _logout(api: World, member: Member) -> httpx.Response:
    return await api.client().post("/api/auth/logout", json={"refreshToken": member.refresh_token})


async def _register(api: World, _: Member) -> httpx.Response:
    body = {"email": f"{uuid4().hex}@shop.example", "password": NEXT_PASSWORD, "name": "New"}
    return await api.client().post("/api/auth/register", json=body)


async def _change_password(_: World, member: Member) -> httpx.Response:
    body = {"currentPassword": PASSWORD, "newPassword": NEXT_PASSWORD}
    return await member.http.post("/api/auth/password", json=body)


async def _reset_password(api: World, member: Member) -> httpx.Response:
    other = await api.member(Role.VIEWER)
    link = await member.http.post(f"/api/users/{other.person.id}/password-link")
    body = {"token": link.json()["token"], "password": NEXT_PASSWORD}
    return await api.client().post("/api/auth/password/reset", json=body)


async def _accept(api: World, member: Member) -> httpx.Response:
    body = {"email": f"{uuid4().hex}@shop.example", "roles": ["VIEWER"]}
    link = await member.http.post("/api/invitations", json=body)
    answer = {"token": link.json()["token"], "password": NEXT_PASSWORD, "name": "New"}
    return await api.client().post("/api/auth/invitations/accept", json=answer)


async def _uninvite(_: World, member: Member) -> httpx.Response:
    body = {"email": f"{uuid4().hex}@shop.example", "roles": ["VIEWER"]}
    assert (await member.http.post("/api/invitations", json=body)).is_success
    newest = (await member.http.get("/api/invitations")).json()["invitations"][0]
    return await member.http.delete(f"/api/invitations/{newest['id']}")


async def _end_session(api: World, member: Member) -> httpx.Response:
    other = await api.signed_in(member.person.email)
    return await member.http.delete(f"/api/auth/sessions/{other.session}")


async def _step_up(_: World, member: Member) -> httpx.Response:
    return await member.http.post("/api/auth/step-up", json={"password": PASSWORD})


async def _code_of(member: Member) -> dict[str, str]:
    """A code of a newly enrolled authenticator."""
    key = (await member.http.post("/api/auth/totp")).json()["key"]
    return {"code": pyotp.TOTP(key).now()}


async def _confirm(_: World, member: Member) -> httpx.Response:
    return await member.http.post("/api/auth/totp/confirm", json=await _code_of(member))


async def _disable(api: World, member: Member) -> httpx.Response:
    code = await _code_of(member)
    assert (await member.http.post("/api/auth/totp/confirm", json=code)).is_success
    async with api.owner.transaction() as session:  # makes the code count as used in an earlier period
        change = text("UPDATE shared.totp SET last_step = 0 WHERE person_id = :id")
        await session.execute(change, {"id": member.person.id})
    return await member.http.post("/api/auth/totp/disable", json=code)


async def _passkey(_: World, member: Member) -> httpx.Response:
    options = (await member.http.post("/api/auth/passkeys/options")).json()["publicKey"]
    made = SoftAuthenticator(PUBLIC_URL).make(options)
    return await member.http.post("/api/auth/passkeys", json={"name": "Key", "credential": made})


async def _forget_passkey(api: World, member: Member) -> httpx.Response:
    made = await _passkey(api, member)
    return await member.http.delete(f"/api/auth/passkeys/{made.json()['id']}")


def _with_passkey(path: str) -> Request:
    async def request(api: World, member: Member) -> httpx.Response:
        device = SoftAuthenticator(PUBLIC_URL)
        options = (await member.http.post("/api/auth/passkeys/options")).json()["publicKey"]
        body = {"name": "Key", "credential": device.make(options)}
        assert (await member.http.post("/api/auth/passkeys", json=body)).is_success
        challenge = (await api.client().post("/api/auth/passkeys/login/options")).json()["publicKey"]
        return await member.http.post(path, json={"credential": device.prove(challenge)})

    return request


async def _robot(_: World, member: Member) -> httpx.Response:
    return await member.http.post("/api/service-accounts", json={"name": "Robot", "roles": ["VIEWER"]})


async def _key(api: World, member: Member) -> httpx.Response:
    path = f"/api/service-accounts/{(await _robot(api, member)).json()['id']}/keys"
    return await member.http.post(path, json={"name": "Key", "roles": ["VIEWER"]})


async def _revoke(api: World, member: Member) -> httpx.Response:
    made = await _key(api, member)
    return await member.http.delete(f"{made.request.url.path}/{made.json()['id']}")


async def _add_user(_: World, member: Member) -> httpx.Response:
    body = {"email": f"{uuid4().hex}@shop.example", "name": "New", "roles": ["VIEWER"]}
    return await member.http.post("/api/users", json=body)


async def _remove_passkey(api: World, member: Member) -> httpx.Response:
    other = await api.member(Role.VIEWER)
    passkey = (await _passkey(api, other)).json()["id"]
    return await member.http.delete(f"/api/users/{other.person.id}/passkeys/{passkey}")


async def _remove_totp(api: World, member: Member) -> httpx.Response:
    other = await api.member(Role.VIEWER)
    assert (await other.http.post("/api/auth/totp")).is_success
    return await member.http.delete(f"/api/users/{other.person.id}/totp")


async def _remove_identity(api: World, member: Member) -> httpx.Response:
    other = await api.member(Role.VIEWER)
    async with api.owner.transaction() as session:
        identity = {"issuer": "https://id.example", "subject": uuid4().hex, "provider": "local"}
        session.add(IdentityRow(person_id=other.person.id, **identity))
    return await member.http.delete(f"/api/users/{other.person.id}/identities/local")


def _of_user(method: str, rest: str, body: dict[str, object] | None = None) -> Request:
    async def request(api: World, member: Member) -> httpx.Response:
        other = await api.member(Role.VIEWER)
        return await member.http.request(method, f"/api/users/{other.person.id}{rest}", json=body)

    return request


async def _start(_: World, member: Member) -> httpx.Response:
    return await member.http.post("/api/missions", json={"prompt": "Checkout is slow since noon."})


async def _cancel(api: World, member: Member) -> httpx.Response:
    return await member.http.post(f"/api/missions/{await api.mission(member)}/cancel")


async def _held_mission(api: World, member: Member) -> str:
    """A mission with a page that the member controls."""
    mission_id = await api.mission(member)
    await api.journal.append(ORG, mission_id, "agent", Planned(plan=sample.plan()))
    path = f"/api/missions/{mission_id}/takeover"
    assert (await member.http.post(path, json={"target": "shop/overview"})).is_success
    return path


async def _take_over(api: World, member: Member) -> httpx.Response:
    path = await _held_mission(api, member)
    return await member.http.post(path, json={"target": "shop/overview"})


async def _touch(api: World, member: Member) -> httpx.Response:
    body = {"gesture": "scroll", "dy": 100}
    return await member.http.post(f"{await _held_mission(api, member)}/touches", json=body)


async def _give_back(api: World, member: Member) -> httpx.Response:
    return await member.http.delete(await _held_mission(api, member))


async def _steer(api: World, member: Member) -> httpx.Response:
    body = {"service": "payments", "stance": "ruled-out", "reason": "it is drained"}
    return await member.http.post(f"/api/missions/{await api.mission(member)}/hypotheses", json=body)


async def _hide(api: World, member: Member) -> httpx.Response:
    mission_id = await api.mission(member)
    await api.close_mission(mission_id)
    return await member.http.delete(f"/api/missions/{mission_id}")


async def _respond(api: World, member: Member) -> httpx.Response:
    approval = await api.approval(await api.mission(await api.member(Role.OPERATOR)))
    answer = {"status": "DENIED", "notes": "no", "actionHash": approval.action_hash}
    return await member.http.patch(f"/api/approvals/{approval.id}/respond", json=answer)


async def _withdraw(api: World, member: Member) -> httpx.Response:
    approval = await api.approval(await api.mission(await api.member(Role.OPERATOR)))
    path = f"/api/approvals/{approval.id}"
    answer = {"status": "APPROVED", "notes": "yes", "actionHash": approval.action_hash}
    assert (await member.http.patch(f"{path}/respond", json=answer)).is_success
    return await member.http.post(f"{path}/withdraw", json={"reason": "not so sure"})


def _plainly(path: str, body: dict[str, object] | None = None) -> Request:
    async def request(_: World, member: Member) -> httpx.Response:
        return await member.http.post(path, json=body)

    return request


def _of_dashboard(method: str, rest: str = "") -> Request:
    async def request(_: World, member: Member) -> httpx.Response:
        body = {"name": f"d-{uuid4().hex[:8]}", "type": "web", "baseUrl": "http://127.0.0.1:1"}
        made = await member.http.post("/api/dashboards", json=body)
        path = f"/api/dashboards/{made.json()['id']}{rest}"
        return await member.http.request(method, path, json=body if method == "PUT" else None)

    return request


def _of_mapping(method: str) -> Request:
    async def request(_: World, member: Member) -> httpx.Response:
        body = {"name": f"d-{uuid4().hex[:8]}", "type": "web", "baseUrl": "http://127.0.0.1:1"}
        made = await member.http.post("/api/dashboards", json=body)
        path = f"/api/dashboards/{made.json()['id']}/mappings"
        added = await member.http.post(path, json={"panel": "p", "measures": {"role": "errors"}})
        return added if method == "POST" else await member.http.delete(f"{path}?panel=p")

    return request


def _of_page(method: str) -> Request:
    async def request(_: World, member: Member) -> httpx.Response:
        body = {"name": f"d-{uuid4().hex[:8]}", "type": "web", "baseUrl": "http://127.0.0.1:1"}
        made = await member.http.post("/api/dashboards", json=body)
        path = f"/api/dashboards/{made.json()['id']}/pages"
        added = await member.http.post(path, json={"title": "Home"})
        return added if method == "POST" else await member.http.delete(f"{path}?page=home")

    return request


def _of_template(method: str, name: str) -> Request:
    async def request(_: World, member: Member) -> httpx.Response:
        body = {"name": uuid4().hex, "promptTemplate": "Checkout is slow."}
        made = (await member.http.post(f"/api/{name}", json=body)).json()
        path = f"/api/{name}/{made['id']}"
        return await member.http.request(method, path, json=body if method == "PUT" else None)

    return request


async def _start_from_template(_: World, member: Member) -> httpx.Response:
    body = {"name": uuid4().hex, "promptTemplate": "Checkout is slow."}
    made = (await member.http.post("/api/templates", json=body)).json()
    return await member.http.post(f"/api/missions/from-template/{made['id']}", json={})


async def founded(_: World, member: Member) -> str:
    """An organization that the person creates."""
    slug = f"deeds-{uuid4().hex[:8]}"
    answer = await member.http.post("/api/orgs", json={"slug": slug, "name": "Deeds"})
    assert answer.status_code == 201, answer.text
    return slug


async def _found(_: World, member: Member) -> httpx.Response:
    return await member.http.post("/api/orgs", json={"slug": f"deeds-{uuid4().hex[:8]}", "name": "Deeds"})


def _of_org(method: str, rest: str, *before: str, body: dict[str, object] | None = None) -> Request:
    async def request(api: World, member: Member) -> httpx.Response:
        path = f"/api/orgs/{await founded(api, member)}"
        for step in before:
            assert (await member.http.post(f"{path}/{step}")).is_success
        return await member.http.request(method, path + rest, json=body)

    return request


CHANGING_REQUESTS: dict[tuple[str, str], Request] = {
    ("POST", "/api/auth/login"): _login,
    ("POST", "/api/auth/refresh"): _refresh,
    ("POST", "/api/auth/logout"): _logout,
    ("POST", "/api/auth/logout/everywhere"): _plainly("/api/auth/logout/everywhere"),
    ("POST", "/api/auth/register"): _register,
    ("POST", "/api/auth/password"): _change_password,
    ("POST", "/api/auth/password/reset"): _reset_password,
    ("POST", "/api/invitations"): _plainly(
        "/api/invitations", {"email": "guest@shop.example", "roles": ["VIEWER"]}
    ),
    ("DELETE", "/api/invitations/{invitation_id}"): _uninvite,
    ("POST", "/api/auth/invitations/accept"): _accept,
    ("DELETE", "/api/auth/sessions/{session_id}"): _end_session,
    ("POST", "/api/auth/passkeys"): _passkey,
    ("DELETE", "/api/auth/passkeys/{passkey_id}"): _forget_passkey,
    ("POST", "/api/auth/passkeys/login"): _with_passkey("/api/auth/passkeys/login"),
    ("POST", "/api/auth/passkeys/step-up"): _with_passkey("/api/auth/passkeys/step-up"),
    ("POST", "/api/auth/step-up"): _step_up,
    ("POST", "/api/auth/totp"): _plainly("/api/auth/totp"),
    ("POST", "/api/auth/totp/confirm"): _confirm,
    ("POST", "/api/auth/totp/disable"): _disable,
    ("POST", "/api/service-accounts"): _robot,
    ("POST", "/api/service-accounts/{account_id}/keys"): _key,
    ("DELETE", "/api/service-accounts/{account_id}/keys/{key_id}"): _revoke,
    ("POST", "/api/users"): _add_user,
    ("PATCH", "/api/users/{user_id}"): _of_user("PATCH", "", {"roles": ["OPERATOR"]}),
    ("POST", "/api/users/{user_id}/password-link"): _of_user("POST", "/password-link"),
    ("POST", "/api/users/{user_id}/logout"): _of_user("POST", "/logout"),
    ("DELETE", "/api/users/{user_id}/passkeys/{passkey_id}"): _remove_passkey,
    ("DELETE", "/api/users/{user_id}/identities/{provider}"): _remove_identity,
    ("DELETE", "/api/users/{user_id}/totp"): _remove_totp,
    ("POST", "/api/missions"): _start,
    ("POST", "/api/missions/from-template/{template_id}"): _start_from_template,
    ("POST", "/api/missions/{mission_id}/cancel"): _cancel,
    ("POST", "/api/missions/{mission_id}/hypotheses"): _steer,
    ("POST", "/api/missions/{mission_id}/takeover"): _take_over,
    ("POST", "/api/missions/{mission_id}/takeover/touches"): _touch,
    ("DELETE", "/api/missions/{mission_id}/takeover"): _give_back,
    ("DELETE", "/api/missions/{mission_id}"): _hide,
    ("PATCH", "/api/approvals/{approval_id}/respond"): _respond,
    ("POST", "/api/approvals/{approval_id}/withdraw"): _withdraw,
    ("POST", "/api/dashboards"): _plainly(
        "/api/dashboards", {"name": "audited", "type": "web", "baseUrl": "http://127.0.0.1:1"}
    ),
    ("PUT", "/api/dashboards/{dashboard_id}"): _of_dashboard("PUT"),
    ("DELETE", "/api/dashboards/{dashboard_id}"): _of_dashboard("DELETE"),
    ("POST", "/api/dashboards/{dashboard_id}/pages"): _of_page("POST"),
    ("DELETE", "/api/dashboards/{dashboard_id}/pages"): _of_page("DELETE"),
    ("POST", "/api/dashboards/{dashboard_id}/mappings"): _of_mapping("POST"),
    ("DELETE", "/api/dashboards/{dashboard_id}/mappings"): _of_mapping("DELETE"),
    ("POST", "/api/codec/links"): _plainly("/api/codec/links"),
    ("POST", "/api/announcements"): _plainly("/api/announcements", {"text": "Lunch."}),
    ("POST", "/api/orgs"): _found,
    ("PATCH", "/api/orgs/{slug}"): _of_org("PATCH", "", body={"name": "Renamed"}),
    ("POST", "/api/orgs/{slug}/suspend"): _of_org("POST", "/suspend"),
    ("POST", "/api/orgs/{slug}/resume"): _of_org("POST", "/resume", "suspend"),
    ("DELETE", "/api/orgs/{slug}"): _of_org("DELETE", "", "suspend"),
}
for _name in ("templates", "mission-templates"):
    CHANGING_REQUESTS |= {
        ("POST", f"/api/{_name}"): _plainly(
            f"/api/{_name}", {"name": f"audited {_name}", "promptTemplate": "Checkout is slow."}
        ),
        ("PUT", f"/api/{_name}/{{template_id}}"): _of_template("PUT", _name),
        ("DELETE", f"/api/{_name}/{{template_id}}"): _of_template("DELETE", _name),
    }
NOT_HERE = {
    ("POST", "/api/auth/bootstrap"): "works once in an installation: tests/api/test_accounts.py",
    ("POST", "/api/auth/passkeys/options"): "only returns a challenge",
    ("POST", "/api/auth/passkeys/login/options"): "only returns a challenge",
    ("POST", "/api/codec/{ticket}/decode"): "reads payloads of Temporal: tests/api/test_codec.py",
    ("POST", "/api/dashboards/detect"): "only reads, and needs a browser worker",
    ("POST", "/api/dashboards/reseal"): "needs the missions worker, which does not run here",
    ("POST", "/api/dashboards/{dashboard_id}/test"): "only reads, and needs a browser worker",
    ("DELETE", "/api/auth/oauth/{provider}"): "needs an issuer: tests/api/test_oauth.py counts it",
    (
        "POST",
        "/api/auth/oauth/{provider}/connect",
    ): "only redirects; the callback makes the change",
    (
        "POST",
        "/api/auth/oauth/{provider}/step-up",
    ): "only redirects; the callback makes the change",
    ("POST", "/api/policy/test"): "evaluates a request and changes nothing",
    ("POST", "/api/csp-report"): "a browser's report, which is logged",
}
