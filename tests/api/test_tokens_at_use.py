"""AU16: a token works only while the person who issued it could issue it again."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import httpx
import pytest
import samples as sample
from provider_setup import CALLBACK, FAILED, provider_setup, refusal
from served_api import ORG, PASSWORD, Member, World
from sqlalchemy import text

from missions.errors import InvalidCredentialsError
from missions.event import Reported
from missions.evidence import ArtifactRef
from missions.permissions import Role
from missions.presigned_object import PresignedObject
from runtime.bootstrap import password_token
from runtime.report_printing import Prints

NEW = "a much better passphrase"
Use = Callable[[], Awaitable[httpx.Response]]


async def reset(api: World, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "password": password}
    return await api.client().post("/api/auth/password/reset", json=body)


async def accept(api: World, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "password": password, "name": "Joins"}
    return await api.client().post("/api/auth/invitations/accept", json=body)


async def signs_in(api: World, email: str, password: str, org: str = ORG) -> bool:
    body = {"email": email, "password": password, "org": org}
    return (await api.client().post("/api/auth/login", json=body)).status_code == 200


async def password_link(admin: Member, person: Member) -> str:
    answer = await admin.http.post(f"/api/users/{person.person.id}/password-link")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def invitation(admin: Member, email: str) -> str:
    answer = await admin.http.post("/api/invitations", json={"email": email, "roles": ["VIEWER"]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def a_password_link(api: World, admin: Member) -> Use:
    token = await password_link(admin, await api.member(Role.VIEWER, org=admin.person.org))
    return lambda: reset(api, token)


async def a_first_password_link(api: World, admin: Member) -> Use:
    body = {"email": f"{uuid4().hex}@shop.example", "name": "New", "roles": ["VIEWER"]}
    token = (await admin.http.post("/api/users", json=body)).json()["link"]["token"]
    return lambda: reset(api, token)


async def an_invitation(api: World, admin: Member) -> Use:
    token = await invitation(admin, f"{uuid4().hex}@shop.example")
    return lambda: accept(api, token)


async def an_invitation_of_a_member(api: World, admin: Member) -> Use:
    person = await api.member(Role.VIEWER, org="other")
    token = await invitation(admin, person.person.email)
    return lambda: accept(api, token, PASSWORD)


async def a_codec_link(api: World, admin: Member) -> Use:
    ticket = (await admin.http.post("/api/codec/links")).json()["endpoint"].rpartition("/")[2]
    return lambda: api.client().post(f"/api/codec/{ticket}/decode", json={"payloads": []})


TOKENS = (
    a_password_link,
    a_first_password_link,
    an_invitation,
    an_invitation_of_a_member,
    a_codec_link,
)
tokens = pytest.mark.parametrize("issue", TOKENS, ids=lambda issue: issue.__name__)
LOSSES = {
    "demoted": "UPDATE shared.memberships SET roles = '{OPERATOR,APPROVER}' WHERE person_id = :id",
    "disabled": "UPDATE shared.memberships SET disabled_at = clock_timestamp() WHERE person_id = :id",
    "gone": "DELETE FROM shared.memberships WHERE person_id = :id",
}


@tokens
async def test_au16_a_token_works_while_its_issuer_may(
    api: World, issue: Callable[[World, Member], Awaitable[Use]]
) -> None:
    """The control of the tests below: with its issuer as they were, each token works."""
    use = await issue(api, await api.member(Role.ADMIN))
    assert (await use()).is_success


@tokens
@pytest.mark.parametrize("loss", LOSSES)
async def test_au16_a_token_is_as_good_as_its_issuer(
    api: World, issue: Callable[[World, Member], Awaitable[Use]], loss: str
) -> None:
    """Once its issuer is demoted, disabled or gone, a token is refused."""
    admin = await api.member(Role.ADMIN)
    use = await issue(api, admin)
    async with api.owner.transaction() as session:
        await session.execute(text(LOSSES[loss]), {"id": admin.person.id})
    assert (await use()).status_code in (401, 403)


@tokens
@pytest.mark.parametrize("end", ["suspended", "deleted"])
async def test_au16_a_token_is_as_good_as_its_organization(
    api: World, issue: Callable[[World, Member], Awaitable[Use]], end: str
) -> None:
    """Once the organization is suspended or deleted, its tokens are refused."""
    founder, slug = await api.member(Role.ADMIN), f"tokens-{uuid4().hex[:8]}"
    created = await founder.http.post("/api/orgs", json={"slug": slug, "name": "Tokens"})
    assert created.status_code == 201, created.text
    use = await issue(api, await api.member(Role.ADMIN, org=slug))
    assert (await founder.http.post(f"/api/orgs/{slug}/suspend")).is_success
    if end == "deleted":
        assert (await founder.http.delete(f"/api/orgs/{slug}")).is_success
    assert (await use()).status_code == 401


async def join(api: World, person: Member, org: str = "other") -> None:
    """The person joins another organization with their own password."""
    other = await api.member(Role.ADMIN, org=org)
    token = await invitation(other, person.person.email)
    assert (await accept(api, token, PASSWORD)).status_code == 204


@pytest.mark.parametrize("there", ["member", "disabled"])
async def test_au16_a_password_link_reaches_no_other_organization(api: World, there: str) -> None:
    """A link sets no password for a person who joined another organization since it was made."""
    admin, person = await api.member(Role.ADMIN), await api.member(Role.APPROVER)
    token = await password_link(admin, person)
    await join(api, person)
    if there == "disabled":
        async with api.owner.transaction() as session:
            change = "UPDATE shared.memberships SET disabled_at = clock_timestamp()"
            change += " WHERE person_id = :id AND org = 'other'"
            await session.execute(text(change), {"id": person.person.id})
    assert (await reset(api, token)).status_code == 401
    assert await signs_in(api, person.person.email, PASSWORD)
    assert not await signs_in(api, person.person.email, NEW)


async def test_au16_a_disabled_person_gets_no_password(api: World) -> None:
    """The link of a member who is disabled now is refused as an invalid one."""
    admin, person = await api.member(Role.ADMIN), await api.member(Role.VIEWER)
    token = await password_link(admin, person)
    path = f"/api/users/{person.person.id}"
    assert (await admin.http.patch(path, json={"disabled": True})).status_code == 200
    refused, made_up = await reset(api, token), await reset(api, "made up")
    assert [refused.status_code, made_up.status_code] == [401, 401]
    assert refused.json()["detail"] == made_up.json()["detail"]


async def test_au16_a_new_password_ends_the_open_links(api: World) -> None:
    """A link that was made before the person set another password sets none."""
    admin, person = await api.member(Role.ADMIN), await api.member(Role.VIEWER)
    token = await password_link(admin, person)
    body = {"currentPassword": PASSWORD, "newPassword": "my own new passphrase"}
    assert (await person.http.post("/api/auth/password", json=body)).status_code == 200
    assert (await reset(api, token)).status_code == 401


async def test_au16_the_owners_link_needs_no_administrator(api: World) -> None:
    """A link of the installation's owner works, also for a person of two organizations."""
    person = await api.member(Role.VIEWER)
    await join(api, person)
    token = await password_token(api.urls.owner, person.person.email)
    assert (await reset(api, token)).status_code == 204
    assert await signs_in(api, person.person.email, NEW, "other")


async def test_au16_joining_and_resetting_exclude_each_other(api: World) -> None:
    """If a person joins while a link sets another password, only one of the two happens."""
    accounts, invitations = api.dependencies.accounts.store, api.dependencies.members.invitations
    admin, other = await api.member(Role.ADMIN), await api.member(Role.ADMIN, org="other")
    for _ in range(10):
        person = await api.member(Role.VIEWER)
        link = await password_link(admin, person)
        joining = await invitation(other, person.person.email)
        invited = await invitations.look(joining)
        results = await asyncio.gather(
            invitations.accept(joining, invited, "Joins", None),
            accounts.reset_password(link, "a hash"),
            return_exceptions=True,
        )
        refused = [result for result in results if result is not None]
        assert [type(error) for error in refused] == [InvalidCredentialsError]


async def test_au16_an_invitation_without_an_issuer_is_refused(api: World) -> None:
    """A row from before issuers were stored is not accepted, and not listed."""
    admin, email = await api.member(Role.ADMIN), f"{uuid4().hex}@shop.example"
    token = await invitation(admin, email)
    async with api.owner.transaction() as session:
        change = text("UPDATE shared.invitations SET issued_by = NULL WHERE email = :email")
        await session.execute(change, {"email": email})
    assert (await accept(api, token)).status_code == 401
    assert email not in (await admin.http.get("/api/invitations")).text


async def test_au16_only_what_can_be_accepted_is_listed(api: World) -> None:
    """The invitations of a demoted administrator are no open ones."""
    admin, demoted = await api.member(Role.ADMIN), await api.member(Role.ADMIN)
    email = f"{uuid4().hex}@shop.example"
    await invitation(demoted, email)
    assert email in (await admin.http.get("/api/invitations")).text
    await api.set_roles(demoted, Role.VIEWER)
    assert email not in (await admin.http.get("/api/invitations")).text


async def test_au16_a_connection_ends_with_the_session_that_began_it(api: World) -> None:
    """A person who signs out everywhere gets no identity connected that somebody began before."""
    async with provider_setup(api) as place:
        member = await place.api.member(Role.VIEWER)
        begun = await member.http.post("/api/auth/oauth/local/connect")
        returned = await place.to_the_issuer_and_back(begun)
        assert (await member.http.post("/api/auth/logout/everywhere")).status_code == 204
        answer = await member.http.get(CALLBACK, params=returned)
        assert refusal(answer) == f"/settings{FAILED.removeprefix('/')}"
        again = await place.api.signed_in(member.person.email)
        assert (await again.http.get("/api/auth/oauth/connected")).json() == {"providers": []}


@pytest.mark.parametrize("loss", ["demoted", "disabled", None])
async def test_au16_a_print_is_for_who_may_read_the_report_now(
    api: World, monkeypatch: pytest.MonkeyPatch, loss: str | None
) -> None:
    """A person who loses the right while a report is printed gets no link to the print."""
    owner, auditor = await api.member(Role.OPERATOR), await api.member(Role.AUDITOR)
    mission_id = await api.mission(owner)
    reported = Reported(html=sample.ref("report"), markdown=sample.ref("report-markdown"))
    await api.journal.append(ORG, mission_id, "agent", reported)

    async def printed(_: Prints, __: UUID, report: PresignedObject) -> ArtifactRef:
        if loss is not None:
            async with api.owner.transaction() as session:
                await session.execute(text(LOSSES[loss]), {"id": auditor.person.id})
        return report.ref

    monkeypatch.setattr(Prints, "pdf", printed)
    answer = await auditor.http.get(f"/api/missions/{mission_id}/report/pdf")
    assert answer.status_code == {"demoted": 404, "disabled": 401, None: 200}[loss], answer.text
