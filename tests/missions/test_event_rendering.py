"""Every event has a title for people, and a step for clients that do not read event kinds."""

import re
from datetime import timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID, uuid4

import pytest
import samples as sample
from sample_events import LINES, SEEN

from missions.event import (
    Event,
    Observed,
    Payload,
)
from missions.event_rendering import title_of
from missions.event_text import TITLES, EventTitle
from missions.event_view import artifact_id, view_of
from missions.mission import title_of as title_of_prompt
from missions.step import StepType, step_of
from missions.workflow_ids import mission_workflow_id

MISSION = UUID(int=7)


def event(payload: Payload) -> Event:
    at = sample.NOON + timedelta(seconds=1)
    return Event(mission_id=MISSION, seq=3, key=payload.key, actor="agent", at=at, payload=payload)


@pytest.mark.parametrize(("payload", "kind", "title", "detail"), LINES, ids=lambda value: str(value)[:30])
def test_an_event_as_a_step(payload: Payload, kind: StepType, title: str, detail: str) -> None:
    """A step has the expected type, title and detail, and the event's mission, number and key."""
    step = step_of(event(payload))
    assert (step.type, step.title, step.detail) == (kind, title, detail)
    assert (step.mission_id, step.seq, step.key) == (MISSION, 3, payload.key)


def test_every_kind_of_event_has_words() -> None:
    """LINES covers every event kind and every title."""
    union = get_args(get_args(Payload)[0])
    assert {type(payload) for payload, *_ in LINES} == set(union)
    assert {title_of(payload).key for payload, *_ in LINES} == set(TITLES)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_console_has_the_same_sentences(root: Path, language: str) -> None:
    """Each console language has every title, and each uses only values that the event provides."""
    catalog = (root / f"console/src/i18n/{language}.ts").read_text()
    sentences = dict(re.findall(r'^ {2}"event\.([^"]+)": ?\s*"((?:[^"\\]|\\.)*)",$', catalog, re.MULTILINE))
    assert set(sentences) == set(TITLES)
    for payload, *_ in LINES:
        title = title_of(payload)
        assert set(re.findall(r"\{(\w+)\}", sentences[title.key])) <= set(title.values), title.key


def test_an_event_of_a_newer_version_is_named_by_its_kind() -> None:
    """An unknown kind is its own title, because versions n and n+1 run together."""
    assert EventTitle(kind="summarized", values={"name": "Olga"}).text == "summarized"


def test_a_title_without_its_values_is_named_by_its_kind() -> None:
    """A stored title whose sentence has another placeholder by now does not fail the list that shows it."""
    assert EventTitle(kind="created", values={"requester": "Olga"}).text == "created"


def test_values_with_braces_are_text() -> None:
    """Braces in a value are printed as text and are not read as a template."""
    title = EventTitle(kind="observed", values={"page": "{phase} {0}", "phase": "before"})
    assert title.text == "Visited {phase} {0} (before)"


def test_pictures_and_numbers_are_asked_for_by_public_ids() -> None:
    """Artifacts have a public id per mission, role and content, and their storage key is not exposed."""
    view, step = view_of(event(Observed(sighting=SEEN))), step_of(event(Observed(sighting=SEEN)))
    assert view.artifacts == step.artifacts
    assert [artifact.kind for artifact in step.artifacts] == ["screenshot", "numbers"]
    assert [artifact.id for artifact in step.artifacts] == [
        artifact_id(MISSION, sample.ref()),
        artifact_id(MISSION, sample.ref("numbers", "cd" * 32)),
    ]
    assert step.duration_ms == 900
    assert artifact_id(uuid4(), sample.ref()) != artifact_id(MISSION, sample.ref())
    assert artifact_id(MISSION, sample.ref("report")) != artifact_id(MISSION, sample.ref())
    assert "key" not in step.artifacts[0].model_dump()


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Payments is slow. Find out why.", "Payments is slow"),
        ("  Why is it down?\nAsap", "Why is it down?"),
        ("Check v1.2 of web", "Check v1.2 of web"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("slow.", "slow"),
    ],
)
def test_a_title_is_the_first_sentence(prompt: str, title: str) -> None:
    """A mission's title is the first sentence of its prompt, at most 80 characters long."""
    assert title_of_prompt(prompt) == title


def test_the_workflow_id_names_organization_and_mission() -> None:
    """The workflow id contains the mission and the organization, which the payload codec reads from it."""
    assert mission_workflow_id("demo", MISSION) == f"mission-demo-{MISSION}"
