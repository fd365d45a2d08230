from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter

from api.access import Administrator, Wired
from api.requests.identity import ApiKeyRequest, ServiceAccountRequest
from api.responses.identity import ApiKeyResponse, ServiceAccountListResponse
from stores.postgres.accounts.service_accounts import ServiceAccount

router = APIRouter(prefix="/service-accounts", tags=["users"])


@router.get("")
async def every(admin: Administrator, wiring: Wired) -> ServiceAccountListResponse:
    """The organization's programs with their keys, at most 100."""
    return ServiceAccountListResponse(service_accounts=tuple(await wiring.service_accounts.all(admin.org)))


@router.post("", status_code=201)
async def add(body: ServiceAccountRequest, admin: Administrator, wiring: Wired) -> ServiceAccount:
    """A program with roles of its own. It never decides, whatever its roles."""
    return await wiring.service_accounts.add(admin, body.name, frozenset(body.roles))


@router.post("/{account_id}/keys", status_code=201)
async def add_key(
    account_id: UUID, body: ApiKeyRequest, admin: Administrator, wiring: Wired
) -> ApiKeyResponse:
    """A key for it, told this once. It opens what both the key's and the account's roles open."""
    lifetime = timedelta(days=body.expires_in_days)
    listed, key = await wiring.service_accounts.add_key(
        admin, account_id, body.name, frozenset(body.roles), lifetime
    )
    return ApiKeyResponse(**dict(listed), key=key)


@router.delete("/{account_id}/keys/{key_id}", status_code=204)
async def revoke_key(account_id: UUID, key_id: UUID, admin: Administrator, wiring: Wired) -> None:
    """The key opens nothing from the next request on."""
    await wiring.service_accounts.revoke_key(admin, account_id, key_id)
