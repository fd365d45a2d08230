from datetime import datetime
from enum import StrEnum

from pydantic import Field

from missions.evidence import ArtifactRef, Dependency
from missions.feedback import Feedback
from missions.frozen_model import FrozenModel
from missions.identities.entities import NameMerge, ServiceIdentity
from missions.plan import ActionKind, Phase


class DiagnosisVerdict(StrEnum):
    """The result of a diagnosis. `healthy` and `inconclusive` are results, not failures."""

    FOUND = "found"
    INCONCLUSIVE = "inconclusive"
    HEALTHY = "healthy"


class Citation(FrozenModel):
    """A piece of evidence; `id` is that of a series, log line or change."""

    id: str
    description: str
    before: float | None = None
    after: float | None = None
    unit: str = ""


class Candidate(FrozenModel):
    """One possible cause. A candidate needs at least one citation.

    `evidence` are the symptoms that would end with the cause. Engines that weigh evidence also return it as
    `speaks_for`, and what the cause does not explain as `speaks_against`. `service` is the name of
    `identity`, where the engine knows it: "billing (cluster east)" where there are several.
    """

    service: str
    incident_type: str
    confidence: float
    explanation: str
    evidence: tuple[Citation, ...] = Field(min_length=1)
    remediation: tuple[ActionKind, ...] = ()
    speaks_for: tuple[Citation, ...] = ()
    speaks_against: tuple[Citation, ...] = ()
    identity: ServiceIdentity | None = Field(default=None, exclude_if=lambda identity: identity is None)


class Moment(FrozenModel):
    """An entry of the incident's timeline."""

    timestamp: datetime
    service: str
    type: str
    description: str
    severity: str


class ServiceGraph(FrozenModel):
    """The services that were seen, and their calls."""

    services: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


class Highlight(FrozenModel):
    """A page's screenshot with the panels marked that the first candidate cites."""

    target: str
    phase: Phase
    panels: tuple[str, ...]
    picture: ArtifactRef


class Diagnosis(FrozenModel):
    """The response of a root cause engine, in the shape of `POST /analyze` (contract 3).

    `traffic` is requests per second of each service at the end of the window. `look_again` are the targets
    that may show what is missing. `stands` is the feedback of people that was applied. `highlights` are made
    by the product, never by an engine. `merged_names` are the names that stand for a candidate's service.
    """

    verdict: DiagnosisVerdict
    summary: str
    primary_symptom: str = ""
    root_cause_candidates: tuple[Candidate, ...] = ()
    service_graph: ServiceGraph = ServiceGraph()
    timeline: tuple[Moment, ...] = ()
    missing_evidence: tuple[str, ...] = ()
    onset: datetime | None = None
    traffic: dict[str, float] = {}
    look_again: tuple[str, ...] = ()
    stands: tuple[Feedback, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    merged_names: tuple[NameMerge, ...] = Field(default=(), exclude_if=lambda merges: not merges)
    engine: str = ""

    @property
    def cause(self) -> Candidate | None:
        """The first candidate, if a cause was found."""
        is_claimed = self.verdict is DiagnosisVerdict.FOUND and bool(self.root_cause_candidates)
        return self.root_cause_candidates[0] if is_claimed else None
