from uuid import UUID

from fastapi import APIRouter

from api.access import TemplateReader, TemplateWriter, Wired
from api.requests.missions import TemplateChangeRequest, TemplateRequest
from api.responses.missions import TemplateListResponse
from missions.template import Draft, Template

router = APIRouter(tags=["templates"])
PREFIXES = ("/templates", "/mission-templates")
"""The second is what older clients know."""


@router.get("")
async def every(person: TemplateReader, wiring: Wired) -> TemplateListResponse:
    """The missions that are asked for again and again, by name."""
    return TemplateListResponse(templates=tuple(await wiring.templates.all(person.org)))


@router.post("", status_code=201)
async def add(body: TemplateRequest, person: TemplateWriter, wiring: Wired) -> Template:
    """A new template; 409 where another one has the name."""
    return await wiring.templates.add(person, _draft(body))


@router.get("/{template_id}")
async def one(template_id: UUID, person: TemplateReader, wiring: Wired) -> Template:
    """One template; `variables` is what it needs."""
    return await wiring.templates.one(person.org, template_id)


@router.put("/{template_id}")
async def change(
    template_id: UUID, body: TemplateChangeRequest, person: TemplateWriter, wiring: Wired
) -> Template:
    """Changes a template; 409 where it was changed since the version that is given."""
    return await wiring.templates.change(person, template_id, _draft(body), body.version)


@router.delete("/{template_id}", status_code=204)
async def delete(template_id: UUID, person: TemplateWriter, wiring: Wired) -> None:
    """Forgets a template; the missions that it started stay."""
    await wiring.templates.delete(person, template_id)


def _draft(body: TemplateRequest) -> Draft:
    return Draft.model_validate(body.model_dump(exclude={"variables"}))
