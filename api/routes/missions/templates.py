from uuid import UUID

from fastapi import APIRouter

from api.access import TemplateReader, TemplateWriter
from api.dependencies.injected import Missions
from api.requests.missions import TemplateChangeRequest, TemplateRequest
from api.responses.missions import TemplateListResponse
from missions.template import Draft, Template

router = APIRouter(tags=["templates"])
PREFIXES = ("/templates", "/mission-templates")
"""The second one is for older clients."""


@router.get("")
async def templates(person: TemplateReader, missions: Missions) -> TemplateListResponse:
    """The organization's mission templates, by name."""
    return TemplateListResponse(templates=tuple(await missions.templates.all(person.org)))


@router.post("", status_code=201)
async def add(body: TemplateRequest, person: TemplateWriter, missions: Missions) -> Template:
    """Adds a template. 409 if another one has the name."""
    return await missions.templates.add(person, _draft(body))


@router.get("/{template_id}")
async def get(template_id: UUID, person: TemplateReader, missions: Missions) -> Template:
    """One template; `variables` lists what it needs."""
    return await missions.templates.one(person.org, template_id)


@router.put("/{template_id}")
async def change(
    template_id: UUID, body: TemplateChangeRequest, person: TemplateWriter, missions: Missions
) -> Template:
    """Replaces a template. 409 if it changed since the given version."""
    return await missions.templates.change(person, template_id, _draft(body), body.version)


@router.delete("/{template_id}", status_code=204)
async def delete(template_id: UUID, person: TemplateWriter, missions: Missions) -> None:
    """Deletes a template; missions started from it stay."""
    await missions.templates.delete(person, template_id)


def _draft(body: TemplateRequest) -> Draft:
    return Draft.model_validate(body.model_dump(exclude={"variables"}))
