"""`/api/artifacts` and `/api/dashboards`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.async_api import async_playwright
from served_api import ORG, Member, World
from sqlalchemy.dialects.postgresql import insert

from missions.event import Observed, Reported
from missions.event_view import artifact_id
from missions.evidence import Evidence, Origin, PageObservation, PanelState, Series
from missions.permissions import Role
from missions.plan import Phase, Window
from stores.postgres.tables import ArtifactRow
from stores.s3 import S3Artifacts

HTML, MARKDOWN = b"<h1>Report</h1>", b"# Report"


@pytest.fixture
async def storage(api: World) -> AsyncIterator[S3Artifacts]:
    """The bucket with the key of the missions worker."""
    store = S3Artifacts(api.places.bucket("missions"))
    yield store
    await store.close()


@pytest.fixture
async def reported(api: World, storage: S3Artifacts) -> tuple[Member, UUID, UUID]:
    """The owner, and the ids of a report's HTML and Markdown."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    html = await storage.put(ORG, HTML, "text/html", "report", "Report")
    markdown = await storage.put(ORG, MARKDOWN, "text/markdown", "report-markdown", "Report")
    await api.journal.append(ORG, mission_id, "agent", Reported(html=html, markdown=markdown))
    return owner, artifact_id(mission_id, html), artifact_id(mission_id, markdown)


async def test_az5_a_link_opens_one_object(reported: tuple[Member, UUID, UUID]) -> None:
    """A link returns its object; HTML is sent as an attachment, and a changed link is refused."""
    owner, html, markdown = reported
    link = (await owner.http.get(f"/api/artifacts/{html}")).json()
    other = (await owner.http.get(f"/api/artifacts/{markdown}")).json()
    assert set(link) == {"url", "expiresAt", "sha256", "contentType"}
    assert "X-Amz-Expires=60" in link["url"]
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(link["url"])
        assert (answer.status_code, answer.content) == (200, HTML)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        path, query = link["url"].split("?")
        forged = [
            path,
            other["url"].split("?")[0] + "?" + query,
            link["url"].replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
            link["url"][:-1] + ("0" if link["url"][-1] != "0" else "1"),
            path + "?" + query.replace("attachment", "inline"),
        ]
        for url in forged:
            assert (await client.get(url)).status_code in (401, 403), url
        assert (await client.put(link["url"], content=b"other")).status_code == 403
    (mission,) = (await owner.http.get("/api/missions")).json()["missions"]
    detail = (await owner.http.get(f"/api/missions/{mission['id']}")).json()
    shown = {artifact["id"] for step in detail["steps"] for artifact in step["artifacts"]}
    assert shown == {str(html), str(markdown)}


async def test_az5_a_link_is_dead_when_its_time_is_over(
    reported: tuple[Member, UUID, UUID], storage: S3Artifacts, eventually: Any
) -> None:
    """The storage refuses an expired link by its own clock; links of the API expire after 60 s."""
    ref = await storage.put(ORG, b"\xff\xd8\xff a picture", "image/jpeg", "screenshot", "Shop")
    short = storage.presign(ORG, ref, 2)
    assert "X-Amz-Expires=2&" in short
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(short)).status_code == 200

        async def dead() -> bool:
            return (await client.get(short)).status_code == 403

        await eventually(dead)
    owner, html, _ = reported
    again = (await owner.http.get(f"/api/artifacts/{html}")).json()["url"]
    assert (await owner.http.get(again)).status_code == 200, "a reader gets a new link"


async def test_az5_html_that_is_called_a_picture_never_runs(storage: S3Artifacts, chromium: Path) -> None:
    """HTML stored as image/png, or under a picture's name, never runs as a page.

    A compromised worker could store it so. The link fixes the content type, so in a real browser no script of
    it runs, opened or embedded.
    """
    page = b"<!doctype html><script>document.title = 'it ran'</script>" + uuid4().bytes
    ref = await storage.put(ORG, page, "image/png", "screenshot", "Shop")
    storage._client.put_object(Bucket=storage._bucket, Key=ref.key, Body=page, ContentType="text/html")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium)  # it opens our own pages only
        opened = await browser.new_page()
        answer = await opened.goto(storage.presign(ORG, ref))
        assert answer is not None
        assert answer.headers["content-type"] == "image/png"
        assert await opened.evaluate("document.contentType") == "image/png"
        assert "it ran" not in await opened.title()
        assert await opened.evaluate("document.scripts.length") == 0
        raw = await driver.request.new_context()
        stored = await raw.get(storage.presign(ORG, ref, content_type="text/html"))
        assert stored.headers["content-disposition"].startswith("attachment"), "a page is downloaded"
        await raw.dispose()
        await browser.close()


async def test_az5_a_link_is_made_for_readers_only(api: World, reported: tuple[Member, UUID, UUID]) -> None:
    """People without access to the mission get the 404 of a missing artifact; auditors get a link."""
    _, html, _ = reported
    for foreign in (
        await api.member(Role.OPERATOR),
        await api.member(Role.APPROVER),
        await api.member(Role.ADMIN, org="other"),
    ):
        answers = [await foreign.http.get(f"/api/artifacts/{key}") for key in (html, uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
    auditor = await api.member(Role.AUDITOR)
    assert (await auditor.http.get(f"/api/artifacts/{html}")).status_code == 200


PAGE = {"id": "p", "title": "P", "path": "/d/p", "panels": ["1"]}
DASHBOARD = {
    "name": "shop",
    "type": "grafana",
    "baseUrl": "http://127.0.0.1:3000",
    "config": {"pages": [PAGE], "window": "PT5M"},
}


async def test_dashboards_are_written_by_administrators_and_read_by_all(api: World) -> None:
    """An administrator creates (201) and changes a dashboard, with audit entries; other roles get 403."""
    admin, viewer = await api.member(Role.ADMIN), await api.member(Role.VIEWER)
    for role in (Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.AUDITOR):
        member = await api.member(role)
        assert (await member.http.post("/api/dashboards", json=DASHBOARD)).status_code == 403
    for base_url in ("http://127.0.0.1:3000", "http://127.0.0.1:3001"):
        written = await admin.http.post("/api/dashboards", json=DASHBOARD | {"baseUrl": base_url})
        assert written.status_code == 201
    every = (await viewer.http.get("/api/dashboards")).json()["dashboards"]
    assert [dashboard for dashboard in every if dashboard["name"] == written.json()["name"]] == [
        written.json()
    ]
    assert written.json()["baseUrl"] == "http://127.0.0.1:3001"
    assert await api.audited("dashboard/shop") == ["dashboard.written"] * 2
    stranger = await api.member(Role.ADMIN, org="other")
    assert (await stranger.http.get("/api/dashboards")).json()["dashboards"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"baseUrl": "javascript:alert(1)"},
        {"baseUrl": "http://a@b/"},
        {"name": "Shop"},
        {"name": "../x"},
        {"id": "0198c0de-0000-7000-8000-000000000001"},
        {"healthStatus": "ok"},
        {"config": {"settings": {"a": "\0"}}},
        {"config": {"pages": [PAGE, PAGE | {"title": "Another"}]}},
        {"config": {"windows": "PT5M"}},
        {"config": {"pages": [PAGE | {"panel": "1"}]}},
        {"config": {"pages": [PAGE | {"id": ""}]}},
        {"config": {"decideWithin": "P2D"}},
        {"config": {"decideWithin": "PT0S"}},
        {"config": {"window": "-PT5M"}},
        {"config": {"environment": ""}},
        {"config": {"actions": ["destroy"]}},
    ],
    ids=repr,
)
async def test_what_is_no_dashboard_is_refused(api: World, change: dict[str, object]) -> None:
    """An invalid dashboard is 422, and so is a misspelled field, which is not ignored silently."""
    admin = await api.member(Role.ADMIN)
    answer = await admin.http.post("/api/dashboards", json=DASHBOARD | change)
    assert answer.status_code == 422, answer.text


async def test_the_numbers_behind_a_picture(api: World, storage: S3Artifacts) -> None:
    """Readers of the mission get the typed series; others get 404, and other kinds of artifacts are 422."""
    operator, stranger = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    mission_id = await api.mission(operator)
    window = Window.model_validate({"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:02:00Z"})
    line = Series(
        id="s1",
        panel="memory",
        service="payments",
        metric="memory",
        unit="bytes",
        query="up{service='payments'}",
        origin=Origin.PAGE_RESPONSE,
        points=((1.0, 2.0), (2.0, None)),
    )
    evidence = Evidence(target="shop/payments", phase=Phase.BEFORE, window=window, series=(line,))
    content = evidence.model_dump_json(by_alias=True).encode()
    numbers = await storage.put(ORG, content, "application/json", "numbers", "payments numbers")
    picture = await storage.put(ORG, uuid4().bytes, "image/jpeg", "screenshot", "payments")
    sighting = PageObservation(
        target="shop/payments",
        title="payments",
        url="http://shop/",
        phase=Phase.BEFORE,
        state=PanelState.READY,
        panels=(),
        screenshot=picture,
        numbers=numbers,
        duration_ms=5,
    )
    await api.journal.append(ORG, mission_id, "agent", Observed(sighting=sighting))
    page = (await operator.http.get(f"/api/missions/{mission_id}/events", params={"after": 1})).json()
    assert page["mission"]["lastSeq"] == page["lastSeq"]
    (event,) = page["events"]
    assert event["payload"]["sighting"]["durationMs"] == 5, "a payload is camelCase, as all JSON on the wire"
    assert event["title"] == {
        "kind": "observed",
        "variant": "",
        "values": {"page": "payments", "phase": "before"},
    }
    ids = {artifact["kind"]: artifact["id"] for artifact in event["artifacts"]}
    read = await operator.http.get(f"/api/artifacts/{ids['numbers']}/evidence")
    assert read.json()["series"][0]["points"] == [[1.0, 2.0], [2.0, None]]
    assert (await stranger.http.get(f"/api/artifacts/{ids['numbers']}/evidence")).status_code == 404
    assert (await operator.http.get(f"/api/artifacts/{ids['screenshot']}/evidence")).status_code == 422


async def test_az13_a_recorded_foreign_reference_is_not_signed(api: World, storage: S3Artifacts) -> None:
    """A row that refers to another organization's object is answered as missing, and so is its report."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    refs = {
        kind: await storage.put("other", content, content_type, kind, "")
        for kind, content_type, content in (
            ("report", "text/html", HTML),
            ("report-markdown", "text/markdown", MARKDOWN),
            ("numbers", "application/json", b"{}"),
        )
    }
    reported = Reported(
        html=await storage.put(ORG, HTML, "text/html", "report", "Report"),
        markdown=await storage.put(ORG, MARKDOWN, "text/markdown", "report-markdown", "Report"),
    )
    await api.journal.append(ORG, mission_id, "agent", reported)
    async with api.owner.transaction(ORG) as session:  # as if an older version had recorded them
        for ref in refs.values():
            key, values = artifact_id(mission_id, ref), ref.model_dump(mode="json", by_alias=True)
            row = insert(ArtifactRow).values(id=key, mission_id=mission_id, ref=values)
            again = {"ref": values}
            await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=again))
    missing = await owner.http.get(f"/api/artifacts/{uuid4()}")
    for path in (
        *(f"/api/artifacts/{artifact_id(mission_id, ref)}" for ref in refs.values()),
        f"/api/artifacts/{artifact_id(mission_id, refs['numbers'])}/evidence",
        f"/api/missions/{mission_id}/report/pdf",
    ):
        answer = await owner.http.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (404, missing.json()["detail"]), path
