from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from api.access import OrgAdministrator, Reader, Wired
from api.requests.administration import OrganizationChangeRequest, OrganizationRequest
from api.responses.administration import OrganizationListResponse
from missions.errors import NotFoundError
from missions.organization import Organization, OrgStatus
from stores.postgres.organizations.organizations import OrgChange

router = APIRouter(prefix="/orgs", tags=["organizations"])
Slug = Annotated[str, Path(max_length=64)]
CHUNK = 64 * 1024


@router.get("")
async def seen(person: Reader, wiring: Wired) -> OrganizationListResponse:
    """The person's own organization; for administrators also those that it founded."""
    return OrganizationListResponse(orgs=tuple(await wiring.orgs.seen_by(person)))


@router.post("", status_code=201)
async def found(body: OrganizationRequest, person: OrgAdministrator, wiring: Wired) -> Organization:
    """Makes an organization with a schema and roles of its own; you are its first administrator."""
    return await wiring.orgs.found(person, body.slug, body.name)


@router.get("/{slug}")
async def get(slug: Slug, person: Reader, wiring: Wired) -> Organization:
    """One of them."""
    return await wiring.orgs.get(person, slug)


@router.patch("/{slug}")
async def change(
    slug: Slug, body: OrganizationChangeRequest, person: OrgAdministrator, wiring: Wired
) -> Organization:
    """Its name; by its founder also how many of its missions run at once."""
    wanted = OrgChange(
        name=body.name,
        max_concurrent_missions=body.max_concurrent_missions,
        limited="max_concurrent_missions" in body.model_fields_set,
    )
    return await wiring.orgs.change(person, slug, wanted)


@router.post("/{slug}/suspend")
async def suspend(slug: Slug, person: OrgAdministrator, wiring: Wired) -> Organization:
    """Nobody of it is signed in any more, and its missions stop; what was begun is finished first."""
    suspended = await wiring.orgs.set_status(person, slug, OrgStatus.SUSPENDED)
    for change in await wiring.missions.stop_all(slug, person):
        if change.message is not None:
            await wiring.relay.hasten(change.message)
    return suspended


@router.post("/{slug}/resume")
async def resume(slug: Slug, person: OrgAdministrator, wiring: Wired) -> Organization:
    """Its people may sign in again; its stopped missions stay stopped."""
    return await wiring.orgs.set_status(person, slug, OrgStatus.ACTIVE)


@router.delete("/{slug}", status_code=204)
async def delete(slug: Slug, person: OrgAdministrator, wiring: Wired) -> None:
    """Deletes a suspended organization with all it holds. 409 where it is not suspended."""
    await wiring.orgs.remove(person, slug)


@router.get("/{slug}/export", response_class=StreamingResponse)
async def export(slug: Slug, person: OrgAdministrator, wiring: Wired) -> StreamingResponse:
    """Everything that your organization's tables hold, as a zip of JSON lines; secrets are masked."""
    if slug != person.org:
        raise NotFoundError("Unknown organization.")
    archive = await wiring.org_export.archive(person)

    async def content() -> AsyncIterator[bytes]:
        with archive:
            while chunk := archive.read(CHUNK):
                yield chunk

    headers = {"Content-Disposition": f'attachment; filename="{slug}.zip"'}
    return StreamingResponse(content(), media_type="application/zip", headers=headers)
