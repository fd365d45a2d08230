from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from api.access import HASHING, Administrator, From
from api.dependencies.injected import Accounts, Members, Site, Throttle
from api.rate_limits import LoginAttempt, count_sign_up
from api.requests.identity import InvitationAcceptanceRequest, InvitationRequest
from api.responses.identity import InvitationListResponse, PasswordLinkResponse
from api.routes.identity.accounts import hash_new_password
from missions.errors import InvalidCredentialsError
from stores.postgres.accounts.invitations import LIFETIME

router = APIRouter(tags=["users"])


@router.post("/invitations", status_code=201)
async def invite(
    body: InvitationRequest, admin: Administrator, members: Members, site: Site
) -> PasswordLinkResponse:
    """A one-time link to join the organization. It replaces earlier links of the same address."""
    token = await members.invitations.invite(admin, body.email, body.roles, body.services)
    url = f"{site.public_url}/join#token={token}"
    return PasswordLinkResponse(url=url, token=token, expires_at=datetime.now(UTC) + LIFETIME)


@router.get("/invitations")
async def invitations(admin: Administrator, members: Members) -> InvitationListResponse:
    """The open invitations, newest first, without their links."""
    return InvitationListResponse(invitations=tuple(await members.invitations.open_ones(admin.org)))


@router.delete("/invitations/{invitation_id}", status_code=204)
async def revoke(invitation_id: UUID, admin: Administrator, members: Members) -> None:
    """Revokes an invitation. 404 if it was used or revoked, or has expired."""
    await members.invitations.revoke(admin, invitation_id)


@router.post("/auth/invitations/accept", status_code=204, dependencies=[HASHING])
async def accept(
    body: InvitationAcceptanceRequest, caller: From, members: Members, accounts: Accounts, throttle: Throttle
) -> None:
    """Joins with the account's password; a new account sets it. The next login names `org`.

    A member of another organization is signed out everywhere, and adds passkeys and providers again.
    """
    await count_sign_up(throttle, caller)
    token, password = body.token.get_secret_value(), body.password
    invited = await members.invitations.look(token)
    attempt = await LoginAttempt.begin(throttle, invited.email, caller)
    if invited.password_hash is None:
        hashed = await hash_new_password(accounts, password, invited.email, body.name)
        await members.invitations.accept(token, invited, body.name, hashed)
    elif await accounts.passwords.verify(password.get_secret_value(), invited.password_hash):
        await members.invitations.accept(token, invited, body.name, None)
    else:
        await attempt.failed()
        raise InvalidCredentialsError("The password is wrong.")
    await attempt.succeeded()
