from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import socketio
from fastapi import APIRouter, Depends, FastAPI

from api import edge, errors
from api.connected_people import ConnectedPeople
from api.deadlines import BODY_BYTES
from api.dependencies.container import connect
from api.live import Live
from api.measures import Measures
from api.rate_limits import client_of, count_stranger
from api.routes import console
from api.routes.administration import announcements, audit, dashboards, organizations
from api.routes.approvals import approvals, policies
from api.routes.identity import (
    accounts,
    auth,
    factors,
    invitations,
    oauth,
    passkeys,
    second_factors,
    service_accounts,
    users,
)
from api.routes.missions import (
    artifacts,
    browser_control,
    hypotheses,
    missions,
    queue,
    reports,
    templates,
)
from api.routes.operations import codec, csp_reports, health, metrics
from api.sockets import Sockets
from api.transports import Transports
from runtime.process_settings import ApiSettings
from runtime.resources import Resources
from runtime.settings import origin_of
from runtime.supervision import BackgroundLoops, LoopEndedError
from stores.socketio_internals import connection_count, start_manager

VERSION = "0.1.0"
IDENTITY = (auth, accounts, second_factors, oauth, passkeys, users, factors, invitations, service_accounts)
MISSIONS = (missions, hypotheses, reports, browser_control, artifacts, queue)
APPROVALS = (approvals, policies)
ADMINISTRATION = (dashboards, organizations, announcements, audit)
OPERATIONS = (health, metrics, codec, csp_reports)


def create_app(settings: ApiSettings, on_loop_failure: Callable[[], None] = lambda: None) -> FastAPI:
    """The application; with `/docs` and `/openapi.json` if the settings have DOCS.

    `on_loop_failure` is called when a background loop has ended, and has to end the process.
    """
    measures = Measures()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Resources() as resources:
            dependencies = await connect(settings, resources)
            app.state.dependencies = dependencies
            server = dependencies.live.server
            start_manager(server)
            measures.sockets.set_function(lambda: connection_count(server))
            live = Live(server, dependencies.live.audience)
            people = ConnectedPeople()
            socketio_app = socketio.ASGIApp(server, socketio_path="")
            transports = Transports(socketio_app, server, client_of, people.leave)
            sockets = Sockets(dependencies, live, transports, people)
            app.mount("/socket.io", transports)
            loops = BackgroundLoops(measures.jobs)
            sockets.add_to(loops)
            live.add_to(loops)
            with suppress(LoopEndedError):  # it is in the log, and `on_loop_failure` ends the process
                async with loops.running(on_loop_failure):
                    yield

    app = FastAPI(
        title="OPS-Agent-Desktop",
        version=VERSION,
        lifespan=lifespan,
        docs_url="/docs" if settings.docs else None,
        openapi_url="/openapi.json" if settings.docs else None,
        redoc_url=None,
        responses={"default": errors.DESCRIBED},
    )
    app.include_router(_api_router())
    console.install(app, settings.s3_public_endpoint or settings.s3_endpoint)
    errors.install(app)
    app.state.measures = measures
    edge.install(
        app,
        measures,
        secure=settings.public_url.startswith("https://"),
        origins=settings.allowed_origins,
        proxies=settings.trusted_proxies,
    )
    if settings.temporal_ui_url is not None:
        app.add_middleware(codec.CodecCors, origin=origin_of(settings.temporal_ui_url))
    return app


def _api_router() -> APIRouter:
    """Every route under `/api`. Its limit of a body counts what comes without Content-Length."""
    limited = [Depends(count_stranger)]
    router = APIRouter(prefix="/api", max_body_size=BODY_BYTES, dependencies=limited)
    for area in (*IDENTITY, *MISSIONS, *APPROVALS, *ADMINISTRATION, *OPERATIONS):
        router.include_router(area.router)
    for prefix in templates.PREFIXES:
        router.include_router(templates.router, prefix=prefix, deprecated=prefix != templates.PREFIXES[0])
    return router
