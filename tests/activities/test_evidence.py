"""Evidence is stored under its hash; payloads have references to it, not its bytes."""

import hashlib
from uuid import uuid4

import pytest
import samples as sample
from memory_artifacts import MemoryArtifacts
from memory_diagnoser import MemoryDiagnoser
from memory_journal import MemoryJournal
from memory_observer import MemoryObserver
from temporalio.testing import ActivityEnvironment

from activities.diagnosing import DiagnoseInput, Diagnosing
from activities.highlighting import Highlighting
from activities.journaling import Reporting, ReportInput
from activities.observing import Observing
from activities.verifying import Verifying, VerifyInput
from adapters.pictures.crops import PillowHighlighter
from adapters.reports.pages import PageReporter
from missions.diagnosis import Highlight
from missions.errors import BrowserError, InvalidError, NotFoundError
from missions.event import Reported
from missions.evidence import Box, Evidence, Origin, PageObservation, PanelObservation, PanelState, Series
from missions.mission import Outcome
from missions.plan import Phase, Visit, Window
from missions.verification import Recovery


@pytest.fixture
def artifacts() -> MemoryArtifacts:
    return MemoryArtifacts()


async def seen(
    artifacts: MemoryArtifacts, page: str = "overview", phase: Phase = Phase.BEFORE
) -> PageObservation:
    visit = Visit(
        org=sample.ORG,
        mission_id="m",
        target=sample.target(page),
        window=Window(start=sample.NOON, end=sample.NOON),
        phase=phase,
    )
    sighting: PageObservation = await ActivityEnvironment().run(
        Observing(MemoryObserver(), artifacts).observe, visit
    )
    return sighting


def symptom(*sightings: PageObservation) -> DiagnoseInput:
    return DiagnoseInput(org=sample.ORG, mission_id=uuid4(), prompt="slow", sightings=sightings)


def diagnosing(engine: MemoryDiagnoser, artifacts: MemoryArtifacts) -> Diagnosing:
    return Diagnosing(engine, artifacts, MemoryJournal(), Highlighting(artifacts, PillowHighlighter()))


async def test_picture_and_numbers_are_stored(artifacts: MemoryArtifacts) -> None:
    """Both are stored under the hash of their bytes; the numbers are the evidence as JSON."""
    sighting = await seen(artifacts)
    for ref in (sighting.screenshot, sighting.numbers):
        assert ref is not None
        assert hashlib.sha256(await artifacts.get(sample.ORG, ref)).hexdigest() == ref.sha256
    assert sighting.numbers is not None
    content = await artifacts.get(sample.ORG, sighting.numbers)
    assert Evidence.model_validate_json(content) == sample.evidence("overview")


async def test_a_retry_stores_the_same_objects(artifacts: MemoryArtifacts) -> None:
    """A retry stores nothing new."""
    assert await seen(artifacts) == await seen(artifacts)
    assert len(artifacts.objects) == 2


async def test_pictures_of_panels_and_the_video_are_stored(artifacts: MemoryArtifacts) -> None:
    """Each panel has its own picture, and the video is at a key that expires."""
    observer = MemoryObserver()
    observer.films = True
    visit = Visit(
        org=sample.ORG,
        mission_id="m",
        target=sample.target(),
        window=Window(start=sample.NOON, end=sample.NOON),
        phase=Phase.BEFORE,
    )
    sighting = await ActivityEnvironment().run(Observing(observer, artifacts).observe, visit)
    (panel, *_) = sighting.panels
    assert panel.picture is not None
    assert (panel.picture.kind, await artifacts.get(sample.ORG, panel.picture)) == ("panel", b"a panel")
    assert sighting.video is not None
    assert (sighting.video.kind, sighting.video.key.partition("/")[0]) == ("video", "videos")
    assert await artifacts.get(sample.ORG, sighting.video) == b"a film"


async def test_progress_is_told_while_it_looks(artifacts: MemoryArtifacts) -> None:
    """The visit and the upload send heartbeats, so a dead worker is noticed."""
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = beats.append
    visit = Visit(
        org=sample.ORG,
        mission_id="m",
        target=sample.target(),
        window=Window(start=sample.NOON, end=sample.NOON),
        phase=Phase.BEFORE,
    )
    await environment.run(Observing(MemoryObserver(), artifacts).observe, visit)
    assert [beat for beat in beats if beat != "alive"] == ["opening", "uploading"]
    observer = MemoryObserver()
    observer.away = {visit.target.id: BrowserError()}
    with pytest.raises(BrowserError):
        await environment.run(Observing(observer, artifacts).observe, visit)


async def test_a_visit_that_failed_with_its_steps_is_evidence(artifacts: MemoryArtifacts) -> None:
    """A failed visit with a trace gives an observation with the reason and the trace, not an error."""
    visit = Visit(
        org=sample.ORG,
        mission_id="m",
        target=sample.target(),
        window=Window(start=sample.NOON, end=sample.NOON),
        phase=Phase.BEFORE,
    )
    error = BrowserError("timeout: the page did not open within 10 s")
    error.trace = b"PK steps"
    observer = MemoryObserver()
    observer.away = {visit.target.id: error}
    sighting = await ActivityEnvironment().run(Observing(observer, artifacts).observe, visit)
    assert "timeout: the page did not open within 10 s" in sighting.reason
    assert (sighting.screenshot, sighting.numbers) == (None, None)
    assert sighting.trace is not None
    assert (sighting.trace.kind, sighting.trace.content_type) == ("trace", "application/zip")
    assert await artifacts.get(sample.ORG, sighting.trace) == b"PK steps"


async def test_the_engine_gets_the_numbers_that_were_stored(artifacts: MemoryArtifacts) -> None:
    """Pages without numbers are left out; evidence before and after is separate."""
    engine = MemoryDiagnoser(sample.diagnosis(), [sample.verification()])
    before, after = await seen(artifacts), await seen(artifacts, phase=Phase.AFTER)
    without_numbers = sample.sighting("payments")
    diagnosis = await diagnosing(engine, artifacts).diagnose(symptom(before, without_numbers))
    verify_input = VerifyInput(
        org=sample.ORG,
        diagnosis=diagnosis,
        before=(before,),
        after=(after, without_numbers),
        since=sample.NOON,
    )
    verification = await Verifying(engine, artifacts).verify(verify_input)
    assert verification.recovery is Recovery.RECOVERED
    assert engine.evidence == [
        (sample.evidence("overview"),),
        (sample.evidence("overview", Phase.AFTER),),
    ]


@pytest.mark.parametrize("store", ["here", "away"])
async def test_what_the_cause_rests_on_is_marked_on_the_pictures(
    artifacts: MemoryArtifacts, store: str
) -> None:
    """Panels of cited series are marked on their pages; the engine's own highlights are ignored."""
    forged = Highlight(target="x", phase=Phase.BEFORE, panels=(), picture=sample.ref())
    engine = MemoryDiagnoser(sample.diagnosis(highlights=(forged,)), [sample.verification()])
    cited = Series(
        id="payments/memory",
        panel="memory",
        service="payments",
        metric="memory",
        unit="bytes",
        query="",
        origin=Origin.API,
    )
    others = cited.model_copy(update={"id": "web/memory", "panel": "other"})
    shown = []
    for page, lines in (("overview", (cited, others)), ("payments", (others,))):
        evidence = sample.evidence(page).model_copy(update={"series": lines})
        numbers = await artifacts.put(
            sample.ORG, evidence.model_dump_json(by_alias=True).encode(), "application/json", "numbers", ""
        )
        picture = await artifacts.put(sample.ORG, sample.picture(page), "image/jpeg", "screenshot", "")
        panels = tuple(
            PanelObservation(id=id_, title=id_, state=PanelState.READY, box=Box(x=x, y=2, width=3, height=4))
            for id_, x in (("memory", 1), ("other", 9))
        )
        shown.append(sample.sighting(page, panels=panels, screenshot=picture, numbers=numbers))
    if store == "away":
        artifacts.objects = {
            key: content for key, content in artifacts.objects.items() if not content.startswith(b"\xff")
        }
    diagnosis = await ActivityEnvironment().run(diagnosing(engine, artifacts).diagnose, symptom(*shown))
    if store == "away":
        assert diagnosis.highlights == ()
        return
    (marked,) = diagnosis.highlights
    assert (marked.target, marked.panels, marked.picture.kind) == ("shop/overview", ("memory",), "highlight")
    box = Box(x=1, y=2, width=3, height=4)
    expected = PillowHighlighter().highlight(sample.picture("overview"), (box,))
    assert await artifacts.get(sample.ORG, marked.picture) == expected


async def test_numbers_that_are_gone_are_an_error(artifacts: MemoryArtifacts) -> None:
    """Missing numbers are an error, because a diagnosis of less evidence could differ."""
    sighting = await seen(artifacts)
    artifacts.objects.clear()
    engine = MemoryDiagnoser(sample.diagnosis(), [sample.verification()])
    with pytest.raises(NotFoundError):
        await diagnosing(engine, artifacts).diagnose(symptom(sighting))


async def test_a_report_is_written_from_what_was_recorded(artifacts: MemoryArtifacts) -> None:
    """The HTML and Markdown are in the store when the event refers to them."""
    journal, brief = MemoryJournal(), sample.brief()
    await journal.create(brief)
    report_input = ReportInput(
        org=sample.ORG, mission_id=brief.mission_id, outcome=Outcome.HEALTHY, reason="all is well"
    )
    reported = await Reporting(journal, artifacts, PageReporter()).report(report_input)
    assert isinstance(reported, Reported)
    assert (reported.html.kind, reported.markdown.kind) == ("report", "report-markdown")
    for ref in (reported.html, reported.markdown):
        assert b"all is well" in await artifacts.get(sample.ORG, ref)


async def test_az13_another_organizations_numbers_are_not_diagnosed(artifacts: MemoryArtifacts) -> None:
    """A page whose numbers are another organization's ends the diagnosis, before the engine gets any."""
    content = sample.evidence("overview").model_dump_json(by_alias=True).encode()
    foreign = await artifacts.put("other", content, "application/json", "numbers", "")
    page = sample.sighting(numbers=foreign)
    engine = MemoryDiagnoser(sample.diagnosis(), [sample.verification()])
    with pytest.raises(InvalidError):
        await diagnosing(engine, artifacts).diagnose(symptom(page))
    verify_input = VerifyInput(
        org=sample.ORG, diagnosis=sample.diagnosis(), before=(page,), after=(page,), since=sample.NOON
    )
    with pytest.raises(InvalidError):
        await Verifying(engine, artifacts).verify(verify_input)
    assert engine.evidence == []
