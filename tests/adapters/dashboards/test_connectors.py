"""From the API through Temporal to a browser, credentials are encrypted and stored nowhere in plain text."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from decrypted_history import decrypted_history
from job_runs import ListedOrganizations, job_run
from served_api import CODEC, ORG, PRIVATE_KEY, Member, World, world
from sqlalchemy import text
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.observing import Observing
from activities.probing import Probing, Registering
from adapters.browser.browser_pool import BrowserPool
from adapters.credentials.keys import private_from
from adapters.credentials.opener import Opener
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.permissions import Role
from missions.plan import Phase, Visit, Window
from runtime.dashboard_schedules import DashboardSchedules
from runtime.local.binaries import script
from runtime.temporal import plugin
from stores.postgres.database import Database
from stores.postgres.organizations.connectors import PostgresConnectors
from stores.s3 import S3Artifacts
from workflows.dashboards import (
    DashboardHealthWorkflow,
    DashboardSearchWorkflow,
    DashboardTestWorkflow,
    ResealWorkflow,
)
from workflows.policies import BROWSER, MISSIONS

pytestmark = pytest.mark.timeout(300)  # each test starts its own Temporal server
KINDS = ("token", "scope", "login")
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


@pytest.fixture
async def guarded() -> AsyncIterator[Guarded]:
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


@pytest.fixture
async def system(servers: Any, urls: Any, pool: BrowserPool, guarded: Guarded) -> AsyncIterator[System]:
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
        registering = Registering(PostgresConnectors(database))
        probing = Probing(observer, opener)
        missions = Worker(
            temporal,
            task_queue=MISSIONS,
            workflows=[
                DashboardTestWorkflow,
                DashboardSearchWorkflow,
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
                probing.seal_anew,
                Observing(observer, artifacts).observe,
            ],
        )
        async with missions, browser_worker, world(servers, urls, temporal_address=address) as api:
            admin = await api.member(Role.ADMIN)
            yield System(api, admin, temporal, guarded, observer, artifacts)
        await artifacts.close()
        await database.close()


def body(name: str, url: str, path: str = "/", **changes: Any) -> dict[str, Any]:
    page = {"id": "home", "title": "Home", "path": path, "panels": ["p"]}
    return {"name": name, "type": "web", "baseUrl": url, "config": {"pages": [page]}} | changes


async def test_the_test_button_says_how_a_dashboard_is(system: System) -> None:
    """A test reports health, latency, permissions or the reason of a failure, and the status is stored."""
    open_ = (await system.admin.http.post("/api/dashboards", json=body("open", system.guarded.url))).json()
    shut = (
        await system.admin.http.post("/api/dashboards", json=body("shut", system.guarded.url, "/closed"))
    ).json()
    health = (await system.admin.http.post(f"/api/dashboards/{open_['id']}/test")).json()
    assert (health["status"], health["rights"][0]["held"]) == ("healthy", True), health
    assert health["latencyMs"] > 0
    down = (await system.admin.http.post(f"/api/dashboards/{shut['id']}/test")).json()
    assert down["status"] == "down"
    assert "HTTP 401" in down["detail"]
    every = (await system.admin.http.get("/api/dashboards")).json()["dashboards"]
    assert {dashboard["name"]: dashboard["healthStatus"] for dashboard in every} == {
        "open": "healthy",
        "shut": "down",
    }


async def test_the_clock_tests_all_dashboards(system: System, eventually: Callable[..., Any]) -> None:
    """A Schedule, created once, tests all dashboards, even if one of them is down."""
    await system.admin.http.post("/api/dashboards", json=body("open", system.guarded.url))
    await system.admin.http.post("/api/dashboards", json=body("shut", system.guarded.url, "/closed"))
    schedules = DashboardSchedules(system.temporal, ListedOrganizations(ORG), timedelta(hours=1))
    for _ in range(2):
        await schedules.update(job_run())
    await system.temporal.get_schedule_handle(f"dashboards-health-{ORG}").trigger()

    async def noted() -> bool:
        every = (await system.admin.http.get("/api/dashboards")).json()["dashboards"]
        return {dashboard["healthStatus"] for dashboard in every} == {"healthy", "down"}

    await eventually(noted)


async def test_every_organization_has_its_clock(system: System, eventually: Callable[..., Any]) -> None:
    """A new organization gets a Schedule, a removed one loses it, and the others keep theirs."""
    organizations = ListedOrganizations()
    schedules = DashboardSchedules(system.temporal, organizations, timedelta(hours=1))

    async def run_for(*orgs: str) -> bool:
        organizations.listed = list(orgs)
        await schedules.update(job_run())
        listed = [schedule.id async for schedule in await system.temporal.list_schedules()]
        return sorted(listed) == [f"dashboards-health-{org}" for org in sorted(orgs)]

    for orgs in ((ORG,), (ORG, "founded-later"), ("founded-later",)):
        await eventually(partial(run_for, *orgs))


async def test_br7_30_canary_secrets_reach_the_dashboard_and_nothing_else(
    system: System, caplog: pytest.LogCaptureFixture
) -> None:
    """Of 30 secrets none is in logs, database, history, responses or evidence, also after a rotation."""
    caplog.set_level(logging.DEBUG)
    canaries = [
        f"canary-{kind}-{number}-0f3c" for number in range(10) for kind in ("token", "scope", "login")
    ]
    answers: list[str] = []
    observations: list[str] = []
    with capture_logs() as logs:
        for number in range(10):
            token, scope, login = canaries[3 * number : 3 * number + 3]
            credentials = {
                "token": token,
                "headers": {"X-Scope": scope},
                "username": "robot",
                "password": login,
            }
            sent = body(f"d{number}", system.guarded.url, f"/?n={number}", credentials=credentials)
            answers.append((await system.admin.http.post("/api/dashboards", json=sent)).text)
        every = (await system.admin.http.get("/api/dashboards")).json()["dashboards"]
        answers.append((await system.admin.http.post(f"/api/dashboards/{every[0]['id']}/test")).text)
        answers.append((await system.admin.http.post("/api/dashboards/reseal")).text)
        assert answers[-1] == '{"resealed":10}'
        connectors = {
            connector.name: connector for connector in await PostgresConnectors(system.api.owner).all(ORG)
        }
        keys = {connector.sealed.key_id for connector in connectors.values() if connector.sealed}
        assert keys == {Opener([NEXT_KEY]).key_id}, "not all are encrypted for the newest key"
        now = datetime.now(UTC)
        window = Window(start=now - timedelta(minutes=1), end=now)
        for number in range(10):
            (target,) = connectors[f"d{number}"].targets()
            visit = Visit(org=ORG, mission_id="m", target=target, window=window, phase=Phase.BEFORE)
            result = await system.observer.visit(visit, lambda _: None)
            observations.append(result.sighting.model_dump_json() + str(result.evidence))
    assert system.guarded.brought - {""} == {canary for canary in canaries if "login" not in canary}, (
        "a secret did not reach its dashboard"
    )
    # Decrypted and as text, because JSON would hide payloads in base64.
    histories = [
        await decrypted_history(system.temporal.get_workflow_handle(workflow.id, run_id=workflow.run_id))
        async for workflow in system.temporal.list_workflows()
    ]
    assert len(histories) == 2
    assert any("box" in history for history in histories), "no history has encrypted credentials"
    async with system.api.owner.transaction(ORG) as session:
        named = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = (await session.execute(named)).scalars().all()
        rows = [
            # The table's name comes from the database's own catalog.
            str((await session.execute(text(f'SELECT t::text FROM "{table}" t'))).scalars().all())  # noqa: S608  our own table
            for table in tables
        ]
    places = {
        "answers": answers,
        "logs": [str(logs), caplog.text],
        "database": rows,
        "histories": histories,
        "evidence": observations,
    }
    leaks = {
        place: [canary for canary in canaries if any(canary in text for text in content)]
        for place, content in places.items()
    }
    assert leaks == {place: [] for place in places}
