"""AZ13: a reference is an artifact of the organization, or it is refused."""

from typing import Any

import pytest
import samples as sample

from missions.artifacts import MAX_BYTES, artifact_key, require_artifact
from missions.errors import InvalidError
from missions.event import Diagnosed, Observed, Payload, Reported
from missions.event_view import require_artifacts
from missions.evidence import ArtifactRef
from missions.plan import Phase

KINDS = (
    "screenshot", "panel", "highlight", "numbers", "trace", "video", "report", "report-markdown", "report-pdf"
)  # fmt: skip
OWN = sample.ref()
FOREIGN = sample.ref(org="other")
SHA = OWN.sha256


@pytest.mark.parametrize("kind", KINDS)
def test_az13_what_is_stored_is_accepted(kind: str) -> None:
    """The reference of each kind is accepted in its organization only."""
    ref = sample.ref(kind)
    require_artifact(sample.ORG, ref)
    require_artifact(sample.ORG, ref, kind)
    with pytest.raises(InvalidError):
        require_artifact("other", ref)


@pytest.mark.parametrize(
    "change",
    [
        {"key": FOREIGN.key},
        {"key": OWN.key.replace("evidence/", "reports/")},
        {"key": OWN.key.replace("evidence/", "audit/")},
        {"key": f"evidence/{sample.ORG}/../other/{SHA[:2]}/{SHA}.jpg"},
        {"key": f"evidence/{sample.ORG}-2/{SHA[:2]}/{SHA}.jpg"},
        {"key": f"/{OWN.key}"},
        {"key": f"{OWN.key}\n"},
        {"key": OWN.key.upper()},
        {"key": "audit/org_other/0000000000000001.json"},
        {"key": ""},
        {"sha256": "cd" * 32},
        {"sha256": SHA.upper(), "key": artifact_key(sample.ORG, "screenshot", SHA.upper(), "image/jpeg")},
        {"sha256": "../../other", "key": f"evidence/{sample.ORG}/../../../other.jpg"},
        {"sha256": "", "key": f"evidence/{sample.ORG}//.jpg"},
        {"content_type": "text/html"},
        {"content_type": "image/svg+xml", "key": OWN.key.replace(".jpg", ".svg")},
        {"content_type": "image/png"},
        {"size": -1},
        {"size": MAX_BYTES + 1},
        {"kind": "report"},
        {"kind": "report-pdf"},
        {"kind": ""},
        {"kind": "x" * 10_000},
    ],
    ids=repr,
)
def test_az13_another_reference_is_refused(change: dict[str, Any]) -> None:
    """Another organization, prefix, hash, type, size or kind is refused."""
    with pytest.raises(InvalidError):
        require_artifact(sample.ORG, OWN.model_copy(update=change))


def test_az13_a_field_holds_its_own_kind() -> None:
    """What a page observation or a report refers to has the kind of the field."""
    for payload in (
        Observed(sighting=sample.sighting(screenshot=sample.ref("numbers"))),
        Observed(sighting=sample.sighting(numbers=sample.ref())),
        Observed(sighting=sample.sighting(video=sample.ref("trace"))),
        Reported(html=sample.ref(), markdown=sample.ref("report-markdown")),
        Reported(html=sample.ref("report"), markdown=sample.ref("report")),
    ):
        with pytest.raises(InvalidError):
            require_artifacts(sample.ORG, payload)


def event_with(ref: ArtifactRef) -> Payload:
    """An event with the reference in the field of its kind."""
    panel = sample.sighting().panels[0].model_copy(update={"picture": ref})
    highlight = {"target": "t", "phase": Phase.BEFORE, "panels": (), "picture": ref}
    events: dict[str, Payload] = {
        "screenshot": Observed(sighting=sample.sighting(screenshot=ref)),
        "numbers": Observed(sighting=sample.sighting(numbers=ref)),
        "trace": Observed(sighting=sample.sighting(trace=ref)),
        "video": Observed(sighting=sample.sighting(video=ref)),
        "panel": Observed(sighting=sample.sighting(panels=(panel,))),
        "highlight": Diagnosed(diagnosis=sample.diagnosis(highlights=(highlight,))),
        "report": Reported(html=ref, markdown=sample.ref("report-markdown")),
        "report-markdown": Reported(html=sample.ref("report"), markdown=ref),
    }
    return events[ref.kind]


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_az13_each_field_of_an_event_is_checked(kind: str) -> None:
    """A foreign reference in any field of any event is refused."""
    require_artifacts(sample.ORG, event_with(sample.ref(kind)))
    with pytest.raises(InvalidError):
        require_artifacts(sample.ORG, event_with(sample.ref(kind, org="other")))
