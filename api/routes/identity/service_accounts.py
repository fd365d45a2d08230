from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter

from api.access import Administrator
from api.dependencies.injected import Authentication
from api.requests.identity import ApiKeyRequest, ServiceAccountRequest
from api.responses.identity import ApiKeyResponse, ServiceAccountListResponse
from stores.postgres.accounts.service_accounts import ServiceAccount

router = APIRouter(prefix="/service-accounts", tags=["users"])


@router.get("")
async def service_accounts(
    admin: Administrator, authentication: Authentication
) -> ServiceAccountListResponse:
    """The organization's service accounts with their keys, at most 100."""
    accounts = await authentication.service_accounts.all(admin.org)
    return ServiceAccountListResponse(service_accounts=tuple(accounts))


@router.post("", status_code=201)
async def add(
    body: ServiceAccountRequest, admin: Administrator, authentication: Authentication
) -> ServiceAccount:
    """Adds a service account with its own roles. It never decides approvals, whatever its roles."""
    return await authentication.service_accounts.add(admin, body.name, frozenset(body.roles))


@router.post("/{account_id}/keys", status_code=201)
async def add_key(
    account_id: UUID, body: ApiKeyRequest, admin: Administrator, authentication: Authentication
) -> ApiKeyResponse:
    """A new key, shown only in this answer. It has the permissions that its roles and the account's share."""
    lifetime = timedelta(days=body.expires_in_days)
    listed, key = await authentication.service_accounts.add_key(
        admin, account_id, body.name, frozenset(body.roles), lifetime
    )
    return ApiKeyResponse(**dict(listed), key=key)


@router.delete("/{account_id}/keys/{key_id}", status_code=204)
async def revoke_key(
    account_id: UUID, key_id: UUID, admin: Administrator, authentication: Authentication
) -> None:
    """Revokes a key, effective from the next request."""
    await authentication.service_accounts.revoke_key(admin, account_id, key_id)
