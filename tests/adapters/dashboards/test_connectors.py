"""From the API through Temporal to a browser: secrets are sealed on the way and stored nowhere else."""

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

pytestmark = pytest.mark.timeout(300)  # a Temporal server of its own starts with each test
KINDS = ("token", "scope", "login")
NEXT_KEY = private_from("the next key of the browser worker")
PAGE = """<!doctype html><title>Guarded</title>
<section data-panel-id=p data-panel-title=P data-state=empty>nothing here</section>"""


@dataclass
class Guarded:
    """A dashboard that requires a header; `brought` holds the headers it received."""

    url: str = ""
    brought: set[str] = field(default_factory=set)


@dataclass
class Story:
    """Everything that runs."""

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
async def story(servers: Any, urls: Any, pool: BrowserPool, guarded: Guarded) -> AsyncIterator[Story]:
    environment = await WorkflowEnvironment.start_local(
        plugins=[plugin(CODEC)],
        dev_server_existing_path=str(script("temporal")),
        dev_server_log_level="error",
    )
    async with environment:
        temporal = environment.client
        address = temporal.service_client.config.target_host
        database = Database(urls.missions)
        artifacts = S3Artifacts(servers.bucket("browser"), prefix="evidence")
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
        eyes = Worker(
            temporal,
            task_queue=BROWSER,
            activities=[
                probing.probe,
                probing.discover,
                probing.seal_anew,
                Observing(observer, artifacts, artifacts).observe,
            ],
        )
        async with missions, eyes, world(servers, urls, temporal_address=address) as api:
            admin = await api.member(Role.ADMIN)
            yield Story(api, admin, temporal, guarded, observer, artifacts)
        await artifacts.close()
        await database.close()


def body(name: str, url: str, path: str = "/", **changes: Any) -> dict[str, Any]:
    page = {"id": "home", "title": "Home", "path": path, "panels": ["p"]}
    return {"name": name, "type": "web", "baseUrl": url, "config": {"pages": [page]}} | changes


async def test_the_test_button_says_how_a_dashboard_is(story: Story) -> None:
    """Healthy with its latency and rights, down with the reason; what was found out is kept."""
    open_ = (await story.admin.http.post("/api/dashboards", json=body("open", story.guarded.url))).json()
    shut = (
        await story.admin.http.post("/api/dashboards", json=body("shut", story.guarded.url, "/closed"))
    ).json()
    health = (await story.admin.http.post(f"/api/dashboards/{open_['id']}/test")).json()
    assert (health["status"], health["rights"][0]["held"]) == ("healthy", True), health
    assert health["latencyMs"] > 0
    down = (await story.admin.http.post(f"/api/dashboards/{shut['id']}/test")).json()
    assert down["status"] == "down"
    assert "HTTP 401" in down["detail"]
    every = (await story.admin.http.get("/api/dashboards")).json()["dashboards"]
    assert {dashboard["name"]: dashboard["healthStatus"] for dashboard in every} == {
        "open": "healthy",
        "shut": "down",
    }


async def test_the_clock_tests_all_dashboards(story: Story, eventually: Callable[..., Any]) -> None:
    """A schedule, created once, runs the same test; a dashboard that is down does not affect the others."""
    await story.admin.http.post("/api/dashboards", json=body("open", story.guarded.url))
    await story.admin.http.post("/api/dashboards", json=body("shut", story.guarded.url, "/closed"))
    schedules = DashboardSchedules(story.temporal, ListedOrganizations(ORG), timedelta(hours=1))
    for _ in range(2):
        await schedules.update(job_run())
    await story.temporal.get_schedule_handle(f"dashboards-health-{ORG}").trigger()

    async def noted() -> bool:
        every = (await story.admin.http.get("/api/dashboards")).json()["dashboards"]
        return {dashboard["healthStatus"] for dashboard in every} == {"healthy", "down"}

    await eventually(noted)


async def test_every_organization_has_its_clock(story: Story, eventually: Callable[..., Any]) -> None:
    """A new organization gets a schedule, a removed one loses it, and the others keep theirs."""
    organizations = ListedOrganizations()
    schedules = DashboardSchedules(story.temporal, organizations, timedelta(hours=1))

    async def run_for(*orgs: str) -> bool:
        organizations.listed = list(orgs)
        await schedules.update(job_run())
        listed = [schedule.id async for schedule in await story.temporal.list_schedules()]
        return sorted(listed) == [f"dashboards-health-{org}" for org in sorted(orgs)]

    for orgs in ((ORG,), (ORG, "founded-later"), ("founded-later",)):
        await eventually(partial(run_for, *orgs))


async def test_br7_30_canary_secrets_reach_the_dashboard_and_nothing_else(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs, database, Temporal history, answers, evidence and object names hold 0 of 30, rotated or not."""
    caplog.set_level(logging.DEBUG)
    canaries = [
        f"canary-{kind}-{number}-0f3c" for number in range(10) for kind in ("token", "scope", "login")
    ]
    answers: list[str] = []
    looks: list[str] = []
    with capture_logs() as logs:
        for number in range(10):
            token, scope, login = canaries[3 * number : 3 * number + 3]
            credentials = {
                "token": token,
                "headers": {"X-Scope": scope},
                "username": "robot",
                "password": login,
            }
            sent = body(f"d{number}", story.guarded.url, f"/?n={number}", credentials=credentials)
            answers.append((await story.admin.http.post("/api/dashboards", json=sent)).text)
        every = (await story.admin.http.get("/api/dashboards")).json()["dashboards"]
        answers.append((await story.admin.http.post(f"/api/dashboards/{every[0]['id']}/test")).text)
        answers.append((await story.admin.http.post("/api/dashboards/reseal")).text)
        assert answers[-1] == '{"resealed":10}'
        connectors = {
            connector.name: connector for connector in await PostgresConnectors(story.api.owner).all(ORG)
        }
        keys = {connector.sealed.key_id for connector in connectors.values() if connector.sealed}
        assert keys == {Opener([NEXT_KEY]).key_id}, "all are sealed for the newest key"
        now = datetime.now(UTC)
        window = Window(start=now - timedelta(minutes=1), end=now)
        for number in range(10):
            (target,) = connectors[f"d{number}"].targets()
            visit = Visit(org=ORG, mission_id="m", target=target, window=window, phase=Phase.BEFORE)
            result = await story.observer.visit(visit, lambda _: None)
            looks.append(result.sighting.model_dump_json() + str(result.evidence))
    assert story.guarded.brought - {""} == {canary for canary in canaries if "login" not in canary}, (
        "each reached its place"
    )
    # Opened, and as text: JSON would hide payloads in base64.
    histories = [
        await decrypted_history(story.temporal.get_workflow_handle(workflow.id, run_id=workflow.run_id))
        async for workflow in story.temporal.list_workflows()
    ]
    assert len(histories) == 2
    assert any("box" in history for history in histories), "they travel sealed"
    async with story.api.owner.transaction(ORG) as session:
        named = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = (await session.execute(named)).scalars().all()
        rows = [
            # The table's name comes from the database's own catalog.
            str((await session.execute(text(f'SELECT t::text FROM "{table}" t'))).scalars().all())  # noqa: S608  a table of ours
            for table in tables
        ]
    places = {
        "answers": answers,
        "logs": [str(logs), caplog.text],
        "database": rows,
        "histories": histories,
        "evidence": looks,
    }
    leaks = {
        place: [canary for canary in canaries if any(canary in text for text in content)]
        for place, content in places.items()
    }
    assert leaks == {place: [] for place in places}
