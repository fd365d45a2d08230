"""What members sign in with, for their administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from api.access import Administrator, require_fresh_login
from api.dependencies.injected import Accounts
from stores.postgres.accounts.factors import Factors

router = APIRouter(prefix="/users/{user_id}", tags=["users"])
Provider = Annotated[str, Path(max_length=100)]


@router.get("/factors")
async def factors(user_id: UUID, admin: Administrator, accounts: Accounts) -> Factors:
    """What a person signs in with. 409 if the person also belongs to another organization."""
    return await accounts.factors.of_member(admin, user_id)


@router.delete("/passkeys/{passkey_id}", status_code=204)
async def remove_passkey(user_id: UUID, passkey_id: UUID, admin: Administrator, accounts: Accounts) -> None:
    """Removes a person's passkey and ends their sessions. Needs a fresh login; 409 as for their factors."""
    require_fresh_login(admin)
    await accounts.factors.remove_passkey(admin, user_id, passkey_id)


@router.delete("/identities/{provider}", status_code=204)
async def remove_identity(
    user_id: UUID, provider: Provider, admin: Administrator, accounts: Accounts
) -> None:
    """Removes a person's identity at the provider, as a passkey is removed."""
    require_fresh_login(admin)
    await accounts.factors.remove_identity(admin, user_id, provider)


@router.delete("/totp", status_code=204)
async def remove_totp(user_id: UUID, admin: Administrator, accounts: Accounts) -> None:
    """Removes a person's authenticator app, as a passkey is removed: the password needs no code any more."""
    require_fresh_login(admin)
    await accounts.factors.remove_totp(admin, user_id)
