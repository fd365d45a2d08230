from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from adapters.browser.origins import origin_of
from adapters.browser.own_servers import OwnServers, literal_address
from adapters.credentials.sealer import Sealer
from api.access import DashboardReader, DashboardWriter
from api.dependencies.injected import Dashboards
from api.requests.administration import (
    DashboardChangeRequest,
    DashboardDetectionRequest,
    DashboardPageRequest,
    DashboardRegistrationRequest,
    DashboardRequest,
    PanelMappingRequest,
)
from api.responses.administration import (
    DashboardListResponse,
    DashboardResponse,
    DashboardSearchResponse,
    DashboardTestResponse,
    ResealResponse,
)
from missions.connector import Connector
from missions.connector_pages import new_page
from missions.credentials import Credentials, Sealed
from missions.errors import InvalidError
from missions.health import MOST_MATCHES, DetectedProduct
from missions.panel_mapping import PanelMapping
from missions.person import Person

router = APIRouter(prefix="/dashboards", tags=["dashboards"])


@router.get("")
async def dashboards(person: DashboardReader, dashboards: Dashboards) -> DashboardListResponse:
    """The dashboards that missions may visit."""
    connectors = await dashboards.connectors.all(person.org)
    return DashboardListResponse(dashboards=tuple(map(DashboardResponse.of, connectors)))


@router.post("", status_code=201)
async def register(
    body: DashboardRegistrationRequest, person: DashboardWriter, dashboards: Dashboards
) -> DashboardResponse:
    """Registers a dashboard, or replaces the one with this name. Its credentials are stored sealed.

    `warnings` say what does not work: waits that prove nothing, panels whose meaning is unknown, and others.
    """
    await _check_address(body.base_url, dashboards.own_servers)
    sealed = _sealed(body.base_url, body.credentials, person, dashboards.sealer)
    connector = await dashboards.connectors.put(
        person, _connector(body), sealed, keep_mappings=_keeps_mappings(body), replace=body.replace
    )
    return DashboardResponse.of(connector)


@router.post("/detect")
async def detect(
    body: DashboardDetectionRequest, person: DashboardWriter, dashboards: Dashboards
) -> DetectedProduct:
    """The product at an address that somebody wants to register; the browser worker opens it.

    The type is "" with the reason where nothing opens, where it is denied, or where it asks for a login.
    """
    await _check_address(body.base_url, dashboards.own_servers)
    sealed = _sealed(body.base_url, body.credentials, person, dashboards.sealer)
    unregistered = Connector(name="new", type="", base_url=body.base_url, sealed=sealed)
    return await dashboards.probes.detect(person.org, unregistered)


@router.post("/reseal")
async def reseal(person: DashboardWriter, dashboards: Dashboards) -> ResealResponse:
    """Seals all credentials for the newest key after a key rotation; the browser worker does it."""
    return ResealResponse(resealed=await dashboards.probes.reseal(person.org))


@router.get("/{dashboard_id}")
async def get(dashboard_id: UUID, person: DashboardReader, dashboards: Dashboards) -> DashboardResponse:
    """One dashboard, without its credentials."""
    return DashboardResponse.of(await dashboards.connectors.one(person.org, dashboard_id))


@router.put("/{dashboard_id}")
async def change(
    dashboard_id: UUID, body: DashboardChangeRequest, person: DashboardWriter, dashboards: Dashboards
) -> DashboardResponse:
    """Replaces a dashboard. 409 if it changed since the given version."""
    await _check_address(body.base_url, dashboards.own_servers)
    bare = body.credentials is None and "credentials" in body.model_fields_set
    sealed = _sealed(body.base_url, body.credentials, person, dashboards.sealer)
    wanted = _connector(body).model_copy(update={"id": dashboard_id})
    connector = await dashboards.connectors.change(
        person,
        wanted,
        sealed,
        expected_version=body.version,
        remove_credentials=bare,
        keep_mappings=_keeps_mappings(body),
    )
    return DashboardResponse.of(connector)


@router.delete("/{dashboard_id}", status_code=204)
async def delete(dashboard_id: UUID, person: DashboardWriter, dashboards: Dashboards) -> None:
    """Deletes a dashboard with its credentials."""
    await dashboards.connectors.delete(person, dashboard_id)


@router.post("/{dashboard_id}/test")
async def test(dashboard_id: UUID, person: DashboardWriter, dashboards: Dashboards) -> DashboardTestResponse:
    """Opens the dashboard in a browser: its version, its response time, and what its account may do.

    `warnings` include what the panels that it shows lack.
    """
    connector = await dashboards.connectors.one(person.org, dashboard_id)
    return DashboardTestResponse.of(connector, await dashboards.probes.test(person.org, connector))


@router.post("/{dashboard_id}/pages")
async def add_page(
    dashboard_id: UUID, body: DashboardPageRequest, person: DashboardWriter, dashboards: Dashboards
) -> DashboardResponse:
    """Adds a page that missions visit; nothing changes where they visit it already."""
    page = new_page(body.title, body.path, body.panels, body.queries)
    return DashboardResponse.of(await dashboards.connectors.add_page(person, dashboard_id, page))


@router.delete("/{dashboard_id}/pages")
async def remove_page(
    dashboard_id: UUID,
    person: DashboardWriter,
    dashboards: Dashboards,
    page: Annotated[str, Query(max_length=100)],
) -> DashboardResponse:
    """Removes a page with what people stated about its panels; nothing changes where it is not there."""
    return DashboardResponse.of(await dashboards.connectors.remove_page(person, dashboard_id, page))


@router.post("/{dashboard_id}/mappings")
async def add_mapping(
    dashboard_id: UUID, body: PanelMappingRequest, person: DashboardWriter, dashboards: Dashboards
) -> DashboardResponse:
    """States what series measure, and replaces what was stated about the same series."""
    mapping = PanelMapping.model_validate(body.model_dump())
    connector = await dashboards.connectors.add_mapping(person, dashboard_id, mapping)
    return DashboardResponse.of(connector)


@router.delete("/{dashboard_id}/mappings")
async def remove_mapping(
    dashboard_id: UUID,
    person: DashboardWriter,
    dashboards: Dashboards,
    page: Annotated[str, Query(max_length=200)] = "",
    panel: Annotated[str, Query(max_length=500)] = "",
    series: Annotated[str, Query(max_length=4000)] = "",
) -> DashboardResponse:
    """Removes what was stated about exactly these series; nothing changes where nothing was."""
    connector = await dashboards.connectors.remove_mapping(person, dashboard_id, (page, panel, series))
    return DashboardResponse.of(connector)


@router.get("/{dashboard_id}/search")
async def search(
    dashboard_id: UUID,
    person: DashboardWriter,
    dashboards: Dashboards,
    words: Annotated[str, Query(max_length=200)] = "",
) -> DashboardSearchResponse:
    """The dashboard's own dashboards, panels or metrics that match the words."""
    connector = await dashboards.connectors.one(person.org, dashboard_id)
    matches = await dashboards.probes.search(person.org, connector, words)
    return DashboardSearchResponse(found=matches[:MOST_MATCHES], more=len(matches) > MOST_MATCHES)


def _connector(body: DashboardRequest) -> Connector:
    return Connector(name=body.name, type=body.type, base_url=body.base_url, config=body.config)


def _keeps_mappings(body: DashboardRequest) -> bool:
    """Scripts that register dashboards know nothing of what people taught since."""
    return "mappings" not in body.config.model_fields_set


async def _check_address(base_url: str, own_servers: OwnServers) -> None:
    """Raises InvalidError where no page can be, and for the product's own servers.

    Names are not resolved here: the browser worker does it, and refuses them by their addresses.
    """
    origin = origin_of(base_url)
    if origin is None:
        raise InvalidError("baseUrl is no http or https address of a page.")
    address = literal_address(origin.host)
    if await own_servers.find(origin.host, [address] if address else [], origin.port) is not None:
        raise InvalidError(f"{origin.authority} is a server of this installation: see OWN_SERVERS.")


def _sealed(
    base_url: str, credentials: Credentials | None, person: Person, sealer: Sealer | None
) -> Sealed | None:
    if credentials is None:
        return None
    if sealer is None:
        raise InvalidError("This installation has no BROWSER_PUBLIC_KEY: it cannot keep credentials.")
    return sealer.seal(person.org, base_url, credentials)
