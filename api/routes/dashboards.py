from fastapi import APIRouter

from api.access import DashboardReader, DashboardWriter, Wired
from api.answers import Dashboards
from api.inputs import NewDashboard
from missions.connector import Connector

router = APIRouter(prefix="/dashboards", tags=["dashboards"])


@router.get("")
async def every(person: DashboardReader, wiring: Wired) -> Dashboards:
    """The dashboards that missions may look at."""
    return Dashboards(dashboards=tuple(await wiring.connectors.all(person.org)))


@router.post("", status_code=201)
async def register(body: NewDashboard, person: DashboardWriter, wiring: Wired) -> Connector:
    """Registers a dashboard, or changes the one of that name."""
    connector = Connector(name=body.name, type=body.type, base_url=body.base_url, config=body.config)
    return await wiring.connectors.put(person, connector)
