from datetime import datetime
from enum import StrEnum

from pydantic import Field

from missions.evidence import ArtifactRef, Dependency
from missions.feedback import Feedback
from missions.frozen_model import FrozenModel
from missions.plan import ActionKind, Phase


class DiagnosisVerdict(StrEnum):
    """What an engine may answer; `healthy` and `inconclusive` are answers."""

    FOUND = "found"
    INCONCLUSIVE = "inconclusive"
    HEALTHY = "healthy"


class Citation(FrozenModel):
    """A piece of evidence that a claim rests on; `id` is that of a series, log line or change."""

    id: str
    description: str
    before: float | None = None
    after: float | None = None
    unit: str = ""


class Candidate(FrozenModel):
    """One possible cause. A candidate without a citation cannot be made.

    `evidence` is what would end with its end; an engine that weighs tells it as `speaks_for`, too, and as
    `speaks_against` what this cause leaves unexplained.
    """

    service: str
    incident_type: str
    confidence: float
    explanation: str
    evidence: tuple[Citation, ...] = Field(min_length=1)
    remediation: tuple[ActionKind, ...] = ()
    speaks_for: tuple[Citation, ...] = ()
    speaks_against: tuple[Citation, ...] = ()


class Moment(FrozenModel):
    """An entry of the incident's timeline."""

    timestamp: datetime
    service: str
    type: str
    description: str
    severity: str


class ServiceGraph(FrozenModel):
    """Which services were seen, and who calls whom."""

    services: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


class Highlight(FrozenModel):
    """A page's picture on which the panels that the first candidate rests on are marked."""

    target: str
    phase: Phase
    panels: tuple[str, ...]
    picture: ArtifactRef


class Diagnosis(FrozenModel):
    """The answer of a root cause engine, in the shape of `POST /analyze` (contract 3).

    `traffic` is measured beside it: requests per second of each service at the end of the window.
    `look_again` are targets that may show what is missing, `stands` what people say, which it respects.
    `highlights` are made by us, whatever an engine answers.
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
    engine: str = ""

    @property
    def cause(self) -> Candidate | None:
        """The first candidate, where a cause was found."""
        return self.root_cause_candidates[0] if self.verdict is DiagnosisVerdict.FOUND else None
