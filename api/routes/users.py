from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access import Administrator, Wired
from api.requests.identity import UserChangeRequest, UserRequest
from api.responses.identity import AddedUserResponse, PasswordLinkResponse, UserListResponse
from api.wiring import Wiring
from stores.postgres.accounts.links import LIFETIME, Purpose
from stores.postgres.accounts.members import Member, MemberChange

router = APIRouter(prefix="/users", tags=["users"])


@router.get("")
async def page(
    admin: Administrator,
    wiring: Wired,
    q: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> UserListResponse:
    """The organization's people, oldest first; `q` is part of a name or an address."""
    after = wiring.cursors.read(cursor) if cursor is not None else None
    users = await wiring.members.page(admin.org, q, after, limit + 1)
    following = wiring.cursors.write(users[limit - 1].id) if len(users) > limit else None
    return UserListResponse(users=tuple(users[:limit]), next_cursor=following)


@router.post("", status_code=201)
async def add(body: UserRequest, admin: Administrator, wiring: Wired) -> AddedUserResponse:
    """Adds somebody, with a one-time link for their password. 409 for who is a member somewhere already."""
    member, token = await wiring.members.add(admin, body.email, body.name, body.roles, body.services)
    return AddedUserResponse(user=member, link=_link(wiring, token))


@router.get("/{user_id}")
async def get(user_id: UUID, admin: Administrator, wiring: Wired) -> Member:
    """Somebody of the organization."""
    return await wiring.members.get(admin.org, user_id)


@router.patch("/{user_id}")
async def change(user_id: UUID, body: UserChangeRequest, admin: Administrator, wiring: Wired) -> Member:
    """Roles, services, groups, disabled: it counts at once. 409 where nobody would administer."""
    wanted = MemberChange(
        roles=body.roles,
        services=body.services,
        scoped="services" in body.model_fields_set,
        groups=body.groups,
        disabled=body.disabled,
    )
    return await wiring.members.change(admin, user_id, wanted)


@router.post("/{user_id}/password-link", status_code=201)
async def password_link(user_id: UUID, admin: Administrator, wiring: Wired) -> PasswordLinkResponse:
    """A one-time link that sets a new password, for who forgot theirs; those made before are void."""
    return _link(wiring, await wiring.members.link(admin, user_id))


@router.post("/{user_id}/logout", status_code=204)
async def sign_out(user_id: UUID, admin: Administrator, wiring: Wired) -> None:
    """Ends all sessions of somebody."""
    await wiring.members.sign_out(admin, user_id)


def _link(wiring: Wiring, token: str) -> PasswordLinkResponse:
    return PasswordLinkResponse(
        url=f"{wiring.public_url}/set-password#token={token}",
        token=token,
        expires_at=datetime.now(UTC) + LIFETIME[Purpose.PASSWORD],
    )
