"""The browser worker prints a report: from the API through Temporal to a PDF with text."""

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pypdf import PdfReader
from served_api import CODEC, ORG, PROMPT, Member, World, world
from temporalio import activity
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.printing import Printing
from adapters.browser.browser_pool import BrowserPool
from adapters.browser.pdf_printer import ChromiumPrinter
from adapters.reports.pages import PageReporter
from missions.errors import BrowserError, InvalidError, UnavailableError
from missions.event import Reported
from missions.evidence import ArtifactRef
from missions.mission import Outcome
from missions.permissions import Role
from missions.presigned_object import PresignedObject
from runtime.local.binaries import script
from runtime.temporal import plugin
from stores.presigned_objects import S3PresignedObjects
from stores.s3 import S3Artifacts
from workflows.policies import BROWSER, MISSIONS
from workflows.printing import PrintWorkflow

pytestmark = pytest.mark.timeout(300)  # each test starts its own Temporal server


@dataclass
class Desk:
    """An API, the missions worker's part of printing, and the storage of reports."""

    api: World
    temporal: Client
    reports: S3Artifacts
    operator: Member

    async def reported(self) -> UUID:
        """Creates a mission with a report."""
        mission = await self.api.mission(self.operator)
        events = await self.api.journal.read(ORG, mission)
        load = partial(self.reports.get, ORG)
        html, text = await PageReporter().write(events, Outcome.HEALTHY, "All is well.", load)
        ref = await self.reports.put(ORG, html, "text/html", "report", "Report")
        markdown = await self.reports.put(ORG, text, "text/markdown", "report-markdown", "Report")
        event = Reported(html=ref, markdown=markdown)
        await self.api.journal.append(ORG, mission, "agent", event)
        return mission

    async def asked(self, mission: UUID, who: Member | None = None) -> httpx.Response:
        return await (who or self.operator).http.get(f"/api/missions/{mission}/report/pdf", timeout=100)


@pytest.fixture
async def desk(servers: Any, urls: Any) -> AsyncIterator[Desk]:
    environment = await WorkflowEnvironment.start_local(
        plugins=[plugin(CODEC)],
        dev_server_existing_path=str(script("temporal")),
        dev_server_log_level="error",
    )
    async with environment, AsyncExitStack() as until:
        temporal = environment.client
        address = temporal.service_client.config.target_host
        reports = S3Artifacts(servers.bucket("missions"))
        until.push_async_callback(reports.close)
        await until.enter_async_context(Worker(temporal, task_queue=MISSIONS, workflows=[PrintWorkflow]))
        api = await until.enter_async_context(world(servers, urls, temporal_address=address))
        yield Desk(api, temporal, reports, await api.member(Role.OPERATOR))


@asynccontextmanager
async def browser_worker(desk: Desk, pool: BrowserPool) -> AsyncIterator[None]:
    """A browser worker with its own write-only key."""
    bucket = desk.api.places.bucket("browser")
    prints, presigned = S3Artifacts(bucket), S3PresignedObjects(bucket.endpoint)
    printing = Printing(presigned, ChromiumPrinter(pool), prints)
    try:
        async with Worker(desk.temporal, task_queue=BROWSER, activities=[printing.print_report]):
            yield
    finally:
        await prints.close()
        await presigned.close()


async def test_a_report_is_printed_with_text(desk: Desk, pool: BrowserPool) -> None:
    """The link is of a PDF with readable text; other operators get 404."""
    mission = await desk.reported()
    other_operator = await desk.api.member(Role.OPERATOR)
    async with browser_worker(desk, pool):
        answer = await desk.asked(mission)
        assert answer.status_code == 200, answer.text
        assert answer.json()["contentType"] == "application/pdf"
        assert (await desk.asked(mission, other_operator)).status_code == 404
    async with httpx.AsyncClient(trust_env=False) as client:
        kept = await client.get(answer.json()["url"])
    assert kept.headers["content-disposition"].startswith("attachment")
    document = PdfReader(io.BytesIO(kept.content))
    text = " ".join(page.extract_text() for page in document.pages)
    assert PROMPT in " ".join(text.split())
    assert f"1 / {len(document.pages)}" in text


async def test_without_a_browser_worker_it_says_what_to_do(desk: Desk) -> None:
    """Without a browser worker the response is 503 with advice, and without a report 404."""
    answer = await desk.asked(await desk.reported())
    assert answer.status_code == 503
    assert "python -m workers browser" in answer.json()["detail"]
    assert answer.headers["retry-after"]
    assert (await desk.asked(await desk.api.mission(desk.operator))).status_code == 404


async def test_a_hijacked_browser_worker_chooses_no_link(desk: Desk) -> None:
    """A result that names another object, for example of another organization, is never signed."""

    @activity.defn(name="print_report")
    async def hijacked(presigned_object: PresignedObject) -> ArtifactRef:
        return presigned_object.ref.model_copy(
            update={"key": presigned_object.ref.key.replace(f"/{ORG}/", "/other/")}
        )

    async with Worker(desk.temporal, task_queue=BROWSER, activities=[hijacked]):
        answer = await desk.asked(await desk.reported())
    assert answer.status_code == 503
    assert "url" not in answer.json()


async def test_what_is_printed_reaches_nothing_and_runs_nothing(pool: BrowserPool, site: Any) -> None:
    """Printing loads no external content, runs no script, and refuses bytes that are no page."""
    html = f"""<!doctype html><title>x</title><p id=p>Plain words</p><img src="{site.url}/picture">
    <iframe src="{site.url}/frame"></iframe><link rel=stylesheet href="{site.url}/style">
    <meta http-equiv=refresh content="0; url={site.url}/away">
    <script>document.getElementById("p").textContent = "Scripted"; fetch("{site.url}/script")</script>"""
    printed = await ChromiumPrinter(pool).print(html.encode())
    text = PdfReader(io.BytesIO(printed)).pages[0].extract_text()
    assert "Plain words" in text
    assert "Scripted" not in text
    assert site.asked == []
    with pytest.raises(BrowserError):
        await ChromiumPrinter(pool).print(b"\xff\xfe not utf-8")


async def test_a_loan_leads_to_our_storage_only(servers: Any, site: Any) -> None:
    """A link outside our storage is not requested, and other bytes than the referenced ones are refused."""
    bucket = servers.bucket("missions")
    reports, presigned = S3Artifacts(bucket), S3PresignedObjects(bucket.endpoint)
    ref = await reports.put(ORG, uuid4().bytes, "text/html", "report", "")
    other = await reports.put(ORG, uuid4().bytes, "text/html", "report", "")
    assert await presigned.fetch(PresignedObject(org=ORG, ref=ref, link=reports.lend(ORG, ref)))
    with pytest.raises(UnavailableError, match="hash"):
        await presigned.fetch(PresignedObject(org=ORG, ref=ref, link=reports.lend(ORG, other)))
    with pytest.raises(InvalidError):
        await presigned.fetch(PresignedObject(org=ORG, ref=ref, link=f"{site.url}/x"))
    assert site.asked == []
    await reports.close()
    await presigned.close()
