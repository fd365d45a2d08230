from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access import DashboardReader, DashboardWriter, Wired
from api.requests.administration import DashboardChangeRequest, DashboardRequest
from api.responses.administration import DashboardListResponse, DashboardSearchResponse, ResealResponse
from api.wiring import Wiring
from missions.connector import Connector
from missions.credentials import Sealed
from missions.errors import InvalidError
from missions.health import DashboardHealth
from missions.person import Person

router = APIRouter(prefix="/dashboards", tags=["dashboards"])


@router.get("")
async def every(person: DashboardReader, wiring: Wired) -> DashboardListResponse:
    """The dashboards that missions may look at."""
    return DashboardListResponse(dashboards=tuple(await wiring.connectors.all(person.org)))


@router.post("", status_code=201)
async def register(body: DashboardRequest, person: DashboardWriter, wiring: Wired) -> Connector:
    """Registers a dashboard, or changes the one of that name. Its credentials are sealed at once."""
    return await wiring.connectors.put(person, _connector(body), _sealed(body, person, wiring))


@router.post("/reseal")
async def reseal(person: DashboardWriter, wiring: Wired) -> ResealResponse:
    """Seals all credentials for the newest key, after a rotation; the browser worker does it."""
    return ResealResponse(resealed=await wiring.probes.reseal(person.org))


@router.get("/{dashboard_id}")
async def one(dashboard_id: UUID, person: DashboardReader, wiring: Wired) -> Connector:
    """One dashboard; never its credentials."""
    return await wiring.connectors.one(person.org, dashboard_id)


@router.put("/{dashboard_id}")
async def change(
    dashboard_id: UUID, body: DashboardChangeRequest, person: DashboardWriter, wiring: Wired
) -> Connector:
    """Changes a dashboard; 409 where it was changed since the version that is given."""
    wanted = _connector(body).model_copy(update={"id": dashboard_id})
    bare = body.credentials is None and "credentials" in body.model_fields_set
    sealed = _sealed(body, person, wiring)
    return await wiring.connectors.change(
        person, wanted, sealed, expected_version=body.version, remove_credentials=bare
    )


@router.delete("/{dashboard_id}", status_code=204)
async def delete(dashboard_id: UUID, person: DashboardWriter, wiring: Wired) -> None:
    """Forgets a dashboard with its credentials."""
    await wiring.connectors.delete(person, dashboard_id)


@router.post("/{dashboard_id}/test")
async def test(dashboard_id: UUID, person: DashboardWriter, wiring: Wired) -> DashboardHealth:
    """Opens the dashboard in a browser now: its version, how long it takes, and what it allows."""
    connector = await wiring.connectors.one(person.org, dashboard_id)
    return await wiring.probes.test(person.org, connector)


@router.get("/{dashboard_id}/search")
async def search(
    dashboard_id: UUID,
    person: DashboardWriter,
    wiring: Wired,
    words: Annotated[str, Query(max_length=200)] = "",
) -> DashboardSearchResponse:
    """What the dashboard has to look at: its dashboards, panels or metrics, by words."""
    connector = await wiring.connectors.one(person.org, dashboard_id)
    return DashboardSearchResponse(found=await wiring.probes.search(person.org, connector, words))


def _connector(body: DashboardRequest) -> Connector:
    return Connector(name=body.name, type=body.type, base_url=body.base_url, config=body.config)


def _sealed(body: DashboardRequest, person: Person, wiring: Wiring) -> Sealed | None:
    if body.credentials is None:
        return None
    if wiring.sealer is None:
        raise InvalidError("This installation has no BROWSER_PUBLIC_KEY: it cannot keep credentials.")
    return wiring.sealer.seal(person.org, body.base_url, body.credentials)
