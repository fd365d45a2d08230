from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access import Administrator
from api.dependencies.injected import Members, Site
from api.dependencies.site import Site as SiteSettings
from api.requests.identity import UserChangeRequest, UserRequest
from api.responses.identity import AddedUserResponse, PasswordLinkResponse, UserListResponse
from stores.postgres.accounts.links import LIFETIME, Purpose
from stores.postgres.accounts.members import Member, MemberChange

router = APIRouter(prefix="/users", tags=["users"])


@router.get("")
async def page(
    admin: Administrator,
    members: Members,
    q: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: UUID | None = None,
) -> UserListResponse:
    """The organization's people, oldest first; `q` is part of a name or an address.

    `cursor` is the id of the last person on the previous page.
    """
    users = await members.store.page(admin.org, q, cursor, limit + 1)
    following = str(users[limit - 1].id) if len(users) > limit else None
    return UserListResponse(users=tuple(users[:limit]), next_cursor=following)


@router.post("", status_code=201)
async def add(body: UserRequest, admin: Administrator, members: Members, site: Site) -> AddedUserResponse:
    """Adds a person, with a one-time link for their password. 409 if the person is a member already."""
    member, token = await members.store.add(admin, body.email, body.name, body.roles, body.services)
    return AddedUserResponse(user=member, link=_password_link(site, token))


@router.get("/{user_id}")
async def get(user_id: UUID, admin: Administrator, members: Members) -> Member:
    """One person of the organization."""
    return await members.store.get(admin.org, user_id)


@router.patch("/{user_id}")
async def change(user_id: UUID, body: UserChangeRequest, admin: Administrator, members: Members) -> Member:
    """Roles, services, groups, disabled: effective at once in this organization.

    409 if no administrator would be left.
    """
    wanted = MemberChange(
        roles=body.roles,
        services=body.services,
        scoped="services" in body.model_fields_set,
        groups=body.groups,
        disabled=body.disabled,
    )
    return await members.store.change(admin, user_id, wanted)


@router.post("/{user_id}/password-link", status_code=201)
async def password_link(
    user_id: UUID, admin: Administrator, members: Members, site: Site
) -> PasswordLinkResponse:
    """A one-time link that sets a new password. It replaces earlier links."""
    return _password_link(site, await members.store.link(admin, user_id))


@router.post("/{user_id}/logout", status_code=204)
async def sign_out(user_id: UUID, admin: Administrator, members: Members) -> None:
    """Ends a person's sessions in this organization."""
    await members.store.sign_out(admin, user_id)


def _password_link(site: SiteSettings, token: str) -> PasswordLinkResponse:
    return PasswordLinkResponse(
        url=f"{site.public_url}/set-password#token={token}",
        token=token,
        expires_at=datetime.now(UTC) + LIFETIME[Purpose.PASSWORD],
    )
