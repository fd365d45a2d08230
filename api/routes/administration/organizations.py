from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from api.access import OrgAdministrator, Reader
from api.dependencies.injected import Missions, Organizations, Updates
from api.requests.administration import OrganizationChangeRequest, OrganizationRequest
from api.responses.administration import OrganizationListResponse
from missions.errors import NotFoundError
from missions.organization import Organization, OrgStatus
from stores.postgres.organizations.organizations import OrgChange

router = APIRouter(prefix="/orgs", tags=["organizations"])
Slug = Annotated[str, Path(max_length=64)]
CHUNK = 64 * 1024


@router.get("")
async def organizations(person: Reader, organizations: Organizations) -> OrganizationListResponse:
    """The person's own organization; for an administrator also the organizations that it founded."""
    return OrganizationListResponse(orgs=tuple(await organizations.store.seen_by(person)))


@router.post("", status_code=201)
async def create(
    body: OrganizationRequest, person: OrgAdministrator, organizations: Organizations
) -> Organization:
    """Creates an organization with its own schema. The person becomes its first administrator.

    Only administrators of the installation's first organization may: 403 for all others. 409 if the slug
    cannot be used, 422 if the share is larger than what is left, 429 beyond ORGANIZATIONS_PER_HOUR.
    """
    return await organizations.store.found(person, body.slug, body.name, body.max_concurrent_missions)


@router.get("/{slug}")
async def get(slug: Slug, person: Reader, organizations: Organizations) -> Organization:
    """One of the organizations that the person may see."""
    return await organizations.store.get(person, slug)


@router.patch("/{slug}")
async def change(
    slug: Slug, body: OrganizationChangeRequest, person: OrgAdministrator, organizations: Organizations
) -> Organization:
    """Changes the name; its founder may also change how many of its missions run at once.

    422 if founded organizations would have more than their founder's maximum.
    """
    wanted = OrgChange(
        name=body.name,
        max_concurrent_missions=body.max_concurrent_missions,
        limited="max_concurrent_missions" in body.model_fields_set,
    )
    return await organizations.store.change(person, slug, wanted)


@router.post("/{slug}/suspend")
async def suspend(
    slug: Slug, person: OrgAdministrator, organizations: Organizations, missions: Missions, updates: Updates
) -> Organization:
    """Signs out its people and stops its missions. An action that has begun is finished first."""
    suspended = await organizations.store.set_status(person, slug, OrgStatus.SUSPENDED)
    for change in await missions.store.stop_all(slug, person):
        if change.message is not None:
            await updates.relay.hasten(change.message)
    return suspended


@router.post("/{slug}/resume")
async def resume(slug: Slug, person: OrgAdministrator, organizations: Organizations) -> Organization:
    """Lets its people sign in again; its stopped missions stay stopped."""
    return await organizations.store.set_status(person, slug, OrgStatus.ACTIVE)


@router.delete("/{slug}", status_code=204)
async def delete(slug: Slug, person: OrgAdministrator, organizations: Organizations) -> None:
    """Deletes a suspended organization with its data; its audit trail is kept for AUDIT_DAYS.

    409 if it is not suspended, or if a mission of it has not ended yet.
    """
    await organizations.store.remove(person, slug)


@router.get("/{slug}/export", response_class=StreamingResponse)
async def export(slug: Slug, person: OrgAdministrator, organizations: Organizations) -> StreamingResponse:
    """The content of the person's own organization as a zip of JSON lines, with secrets masked."""
    if slug != person.org:
        raise NotFoundError("Unknown organization.")
    archive = await organizations.export.archive(person)

    async def content() -> AsyncIterator[bytes]:
        with archive:
            while chunk := archive.read(CHUNK):
                yield chunk

    headers = {"Content-Disposition": f'attachment; filename="{slug}.zip"'}
    return StreamingResponse(content(), media_type="application/zip", headers=headers)
