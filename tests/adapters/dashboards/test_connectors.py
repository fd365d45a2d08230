"""From the API through Temporal to a browser, credentials are encrypted and stored nowhere in plain text."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from connector_system import NEXT_KEY, System
from decrypted_history import decrypted_history
from job_runs import ListedOrganizations, job_run
from served_api import ORG
from sqlalchemy import text
from structlog.testing import capture_logs

from adapters.credentials.opener import Opener
from missions.plan import Phase, Visit, Window
from runtime.dashboard_schedules import DashboardSchedules
from stores.postgres.organizations.connectors import PostgresConnectors

pytestmark = pytest.mark.timeout(300)  # each test starts its own Temporal server
KINDS = ("token", "scope", "login")


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
