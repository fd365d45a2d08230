"""An event as clients read it: what was recorded, its title, and its artifacts by their public ids."""

from uuid import UUID, uuid5

from missions.artifacts import require_artifact
from missions.event import Diagnosed, Event, Observed, Payload, Reported
from missions.event_rendering import title_of
from missions.event_text import EventTitle
from missions.evidence import ArtifactRef
from missions.frozen_model import FrozenModel


class EventArtifact(FrozenModel):
    """A stored object of an event, as a client asks for it: `GET /api/artifacts/{id}`."""

    id: UUID
    kind: str
    title: str
    sha256: str
    content_type: str


class EventView(Event):
    """An event with what only the server can add: the values of its title, and its artifacts' ids."""

    title: EventTitle
    artifacts: tuple[EventArtifact, ...] = ()


def view_of(event: Event) -> EventView:
    """The event as clients read it."""
    return EventView(
        mission_id=event.mission_id,
        seq=event.seq,
        key=event.key,
        actor=event.actor,
        at=event.at,
        payload=event.payload,
        correlation_id=event.correlation_id,
        title=title_of(event.payload),
        artifacts=tuple(_artifact(event.mission_id, ref) for ref in refs_of(event.payload)),
    )


def artifact_id(mission: UUID, ref: ArtifactRef) -> UUID:
    """The public id of a stored object: the same bytes in the same mission and role have one id."""
    return uuid5(mission, f"{ref.kind}/{ref.sha256}")


def refs_of(payload: Payload) -> tuple[ArtifactRef, ...]:
    """The stored objects that an event refers to."""
    return tuple(ref for _, ref in _refs_by_kind(payload))


def require_artifacts(org: str, payload: Payload) -> None:
    """Raises InvalidError if an event of the organization refers to anything but artifacts of its own."""
    for kind, ref in _refs_by_kind(payload):
        require_artifact(org, ref, kind)


def _refs_by_kind(payload: Payload) -> list[tuple[str, ArtifactRef]]:
    """The references of an event, each with the kind that its field holds."""
    match payload:
        case Observed(sighting=page):
            fields = [
                ("screenshot", page.screenshot),
                ("numbers", page.numbers),
                ("trace", page.trace),
                ("video", page.video),
                *(("panel", panel.picture) for panel in page.panels),
            ]
            return [(kind, ref) for kind, ref in fields if ref is not None]
        case Diagnosed(diagnosis=diagnosis):
            return [("highlight", highlight.picture) for highlight in diagnosis.highlights]
        case Reported(html=html, markdown=markdown):
            return [("report", html), ("report-markdown", markdown)]
        case _:
            return []


def _artifact(mission: UUID, ref: ArtifactRef) -> EventArtifact:
    return EventArtifact(
        id=artifact_id(mission, ref),
        kind=ref.kind,
        title=ref.title,
        sha256=ref.sha256,
        content_type=ref.content_type,
    )
