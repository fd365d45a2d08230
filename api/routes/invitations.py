from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from api.access import HASHING, Administrator, From, Wired
from api.guarding import LoginAttempt, pace_sign_up
from api.requests.identity import InvitationAcceptanceRequest, InvitationRequest
from api.responses.identity import InvitationListResponse, PasswordLinkResponse
from api.routes.accounts import hashed
from missions.errors import UnauthenticatedError
from stores.postgres.accounts.invitations import LIFETIME

router = APIRouter(tags=["users"])


@router.post("/invitations", status_code=201)
async def invite(body: InvitationRequest, admin: Administrator, wiring: Wired) -> PasswordLinkResponse:
    """A one-time link with which somebody joins, of another organization too; older ones are void."""
    token = await wiring.invitations.invite(admin, body.email, body.roles, body.services)
    return PasswordLinkResponse(
        url=f"{wiring.public_url}/join#token={token}", token=token, expires_at=datetime.now(UTC) + LIFETIME
    )


@router.get("/invitations")
async def open_ones(admin: Administrator, wiring: Wired) -> InvitationListResponse:
    """The invitations whose links still work, newest first; never the links themselves."""
    return InvitationListResponse(invitations=tuple(await wiring.invitations.open_ones(admin.org)))


@router.delete("/invitations/{invitation_id}", status_code=204)
async def revoke(invitation_id: UUID, admin: Administrator, wiring: Wired) -> None:
    """Makes an invitation's link void. 404 where it was used, revoked, or is too old."""
    await wiring.invitations.revoke(admin, invitation_id)


@router.post("/auth/invitations/accept", status_code=204, dependencies=[HASHING])
async def accept(body: InvitationAcceptanceRequest, caller: From, wiring: Wired) -> None:
    """Joins, with the password that one has; who belongs nowhere yet sets it. Then sign in, naming `org`."""
    await pace_sign_up(wiring, caller)
    token, password = body.token.get_secret_value(), body.password
    invited = await wiring.invitations.look(token)
    attempt = await LoginAttempt.begin(wiring, invited.email, caller)
    if invited.password_hash is None:
        fresh = await hashed(wiring, password, invited.email, body.name)
        await wiring.invitations.accept(token, invited, body.name, fresh)
    elif await wiring.passwords.verify(password.get_secret_value(), invited.password_hash):
        await wiring.invitations.accept(token, invited, body.name, None)
    else:
        await attempt.failed()
        raise UnauthenticatedError("The password is wrong.")
    await attempt.succeeded()
