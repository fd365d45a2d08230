"""The API, Temporal and a browser worker, with a dashboard that asks for credentials."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from served_api import CODEC, PRIVATE_KEY, Member, World, world
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.observing import Observing
from activities.probing import Probing, Registering
from adapters.browser.browser_pool import BrowserPool
from adapters.credentials.keys import private_from
from adapters.credentials.opener import Opener
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.page.prober import DashboardProber
from adapters.dashboards.products.registry import dashboard_for
from adapters.dashboards.products.signatures import SIGNATURES
from missions.permissions import Role
from runtime.local.binaries import script
from runtime.temporal import plugin
from stores.postgres.database import Database
from stores.postgres.organizations.connectors import PostgresConnectors
from stores.s3 import S3Artifacts
from workflows.dashboards import (
    DashboardDetectionWorkflow,
    DashboardHealthWorkflow,
    DashboardSearchWorkflow,
    DashboardTestWorkflow,
    ResealWorkflow,
)
from workflows.policies import BROWSER, MISSIONS

NEXT_KEY = private_from("the next key of the browser worker")
PAGE = """<!doctype html><title>Guarded</title>
<section data-panel-id=p data-panel-title=P data-state=empty>nothing here</section>"""


@dataclass
class Guarded:
    """A dashboard that requires a header; `brought` has the headers that it received."""

    url: str = ""
    brought: set[str] = field(default_factory=set)


@dataclass
class System:
    """The running API, Temporal server, dashboard and observer."""

    api: World
    admin: Member
    temporal: Client
    guarded: Guarded
    observer: DashboardObserver
    artifacts: S3Artifacts


@asynccontextmanager
async def guarded_dashboard() -> AsyncIterator[Guarded]:
    """A dashboard that notes the credentials which it gets, and refuses `/closed`."""
    made = Guarded()

    async def handle(request: web.Request) -> web.Response:
        made.brought.add(request.headers.get("Authorization", "").removeprefix("Bearer "))
        made.brought.add(request.headers.get("X-Scope", ""))
        if request.path == "/closed":
            return web.Response(status=401)
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@asynccontextmanager
async def connector_system(
    servers: Any, urls: Any, pool: BrowserPool, guarded: Guarded
) -> AsyncIterator[System]:
    """A Temporal server of its own, with the workers that dashboards need."""
    environment = await WorkflowEnvironment.start_local(
        plugins=[plugin(CODEC)],
        dev_server_existing_path=str(script("temporal")),
        dev_server_log_level="error",
    )
    async with environment:
        temporal = environment.client
        address = temporal.service_client.config.target_host
        database = Database(urls.missions)
        artifacts = S3Artifacts(servers.bucket("browser"))
        opener = Opener([NEXT_KEY, PRIVATE_KEY])
        observer = DashboardObserver(pool, dashboard_for, opener=opener)
        prober = DashboardProber(pool, dashboard_for, opener=opener, signatures=SIGNATURES)
        registering = Registering(PostgresConnectors(database))
        probing = Probing(prober, opener)
        missions = Worker(
            temporal,
            task_queue=MISSIONS,
            workflows=[
                DashboardTestWorkflow,
                DashboardSearchWorkflow,
                DashboardDetectionWorkflow,
                DashboardHealthWorkflow,
                ResealWorkflow,
            ],
            activities=[registering.list_probes, registering.note_health, registering.replace_seal],
        )
        browser_worker = Worker(
            temporal,
            task_queue=BROWSER,
            activities=[
                probing.probe,
                probing.discover,
                probing.detect,
                probing.seal_anew,
                Observing(observer, artifacts).observe,
            ],
        )
        async with missions, browser_worker, world(servers, urls, temporal_address=address) as api:
            admin = await api.member(Role.ADMIN)
            yield System(api, admin, temporal, guarded, observer, artifacts)
        await artifacts.close()
        await database.close()
