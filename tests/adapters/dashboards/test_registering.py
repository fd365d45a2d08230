"""A dashboard is registered from its address alone, by API and on the command line."""

import asyncio
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from connector_system import System
from served_api import PASSWORD

from runtime.local.state import ADMINISTRATOR, StackState

pytestmark = pytest.mark.timeout(300)  # each test starts its own Temporal server


def metrics_of(prometheus: Any) -> dict[str, Any]:
    return {"name": "metrics", "type": "prometheus", "baseUrl": prometheus.url}


async def test_the_type_is_what_answers_at_the_address(system: System, prometheus: Any) -> None:
    """A real Prometheus by one of its pages, any page, and no server; nothing is registered."""
    http = system.admin.http

    async def detected(url: str, **more: Any) -> dict[str, Any]:
        answer = await http.post("/api/dashboards/detect", json={"baseUrl": url, **more})
        assert answer.status_code == 200, answer.text
        product: dict[str, Any] = answer.json()
        return product

    product = await detected(f"{prometheus.url}/graph?g0.expr=up")
    assert (product["type"], product["baseUrl"]) == ("prometheus", prometheus.url)
    assert (await detected(system.guarded.url, credentials={"token": "seen"}))["type"] == "web"
    assert "seen" in system.guarded.brought
    gone = await detected("http://127.0.0.1:9")
    assert (gone["type"], "unreachable" in gone["reason"]) == ("", True)
    assert (await http.get("/api/dashboards")).json()["dashboards"] == []


async def test_pages_are_chosen_from_what_is_found(system: System, prometheus: Any) -> None:
    """A match is added as it is; twice is once; an equal title gets an id of its own; removing is safe."""
    http = system.admin.http
    made = (await http.post("/api/dashboards", json=metrics_of(prometheus))).json()
    place = f"/api/dashboards/{made['id']}"
    (match,) = (await http.get(f"{place}/search", params={"words": "latency p95"})).json()["found"]
    page = {field: match[field] for field in ("title", "path", "panels", "queries")}
    for _ in range(2):
        changed = (await http.post(f"{place}/pages", json=page)).json()
        assert [each["id"] for each in changed["config"]["pages"]] == ["latency-p95-seconds"]
    other = page | {"queries": [{"panel": "p", "query": "up"}]}
    changed = (await http.post(f"{place}/pages", json=other)).json()
    ids = [each["id"] for each in changed["config"]["pages"]]
    assert ids == ["latency-p95-seconds", "latency-p95-seconds-2"]
    for _ in range(2):
        answer = await http.delete(f"{place}/pages", params={"page": "latency-p95-seconds"})
        assert [each["id"] for each in answer.json()["config"]["pages"]] == ["latency-p95-seconds-2"]
    assert await system.api.audited("dashboard/metrics") == [
        "dashboard.written",
        "dashboard.page-added",
        "dashboard.page-added",
        "dashboard.page-removed",
    ]


async def test_a_dashboard_from_the_command_line(system: System, prometheus: Any, tmp_path: Path) -> None:
    """Add, search, add a page, list, and remove; each says what happened and what comes next."""
    data = tmp_path / "data"
    data.mkdir()
    people = {ADMINISTRATOR: {"email": system.admin.person.email, "password": PASSWORD}}
    StackState(
        api_url=system.api.url,
        temporal_ui_url="",
        temporal_address="",
        people=people,
        pids={},
        servers_s=0,
        everything_s=0,
    ).write(data)

    async def command(*words: str) -> tuple[int, str]:
        program = str(Path(sysconfig.get_path("scripts")) / "ops-agent")
        process = await asyncio.create_subprocess_exec(
            *(program, "dashboards", *words, "--data", str(data)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"COLUMNS": "200"},
        )
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    assert "dashboards add URL" in (await command("list"))[1]
    code, text = await command("add", prometheus.url, "--name", "metrics")
    assert code == 0, text
    assert "registered metrics: prometheus" in text
    assert "healthy" in text
    assert "ops-agent dashboards search metrics" in text
    code, text = await command("add", prometheus.url, "--name", "Bad_Name")
    assert (code, "lower-case letters" in text) == (2, True), text
    code, text = await command("add", "grafana.example.com")
    assert (code, "https://grafana.example.com" in text) == (2, True), text
    code, text = await command("add", "http://127.0.0.1:9", "--name", "gone", "--type", "web")
    assert (code, "unreachable" in text) == (1, True), text
    assert (await command("remove", "gone"))[0] == 0
    code, text = await command("add", "http://other.example", "--name", "metrics", "--type", "web")
    assert (code, "There is a dashboard metrics already" in text) == (1, True), text
    code, text = await command("search", "metrics", "nothing-like-this")
    assert (code, "has nothing with 'nothing-like-this'" in text) == (1, True), text
    code, text = await command("add-page", "metrics", "latency")
    assert (code, "missions will visit latency_p95_seconds" in text) == (0, True), text
    code, text = await command("list")
    assert "latency-p95-seconds" in text
    code, text = await command("test", "other")
    assert (code, "There is no dashboard other. Registered: metrics." in text) == (1, True), text
    assert (await command("remove-page", "metrics", "latency-p95-seconds"))[0] == 0
    assert (await command("remove", "metrics"))[0] == 0
    assert (await system.admin.http.get("/api/dashboards")).json()["dashboards"] == []
