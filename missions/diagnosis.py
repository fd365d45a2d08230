from datetime import datetime
from enum import StrEnum

from pydantic import Field

from missions.evidence import ArtifactRef, Dependency
from missions.plan import ActionKind, Phase
from missions.stand import Stand
from missions.word import Word


class Finding(StrEnum):
    """What an engine may answer; `healthy` and `inconclusive` are answers."""

    FOUND = "found"
    INCONCLUSIVE = "inconclusive"
    HEALTHY = "healthy"


class Citation(Word):
    """A piece of evidence that a claim rests on; `id` is that of a series, log line or change."""

    id: str
    description: str
    before: float | None = None
    after: float | None = None
    unit: str = ""


class Candidate(Word):
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


class Moment(Word):
    """An entry of the incident's timeline."""

    timestamp: datetime
    service: str
    type: str
    description: str
    severity: str


class ServiceGraph(Word):
    """Which services were seen, and who calls whom."""

    services: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


class Highlight(Word):
    """A page's picture on which the panels that the first candidate rests on are marked."""

    target: str
    phase: Phase
    panels: tuple[str, ...]
    picture: ArtifactRef


class Diagnosis(Word):
    """The answer of a root cause engine, in the shape of `POST /analyze` (contract 3).

    `traffic` is measured beside it: requests per second of each service at the end of the window.
    `look_again` are targets that may show what is missing, `stands` what people say, which it respects.
    `highlights` are made by us, whatever an engine answers.
    """

    verdict: Finding
    summary: str
    primary_symptom: str = ""
    root_cause_candidates: tuple[Candidate, ...] = ()
    service_graph: ServiceGraph = ServiceGraph()
    timeline: tuple[Moment, ...] = ()
    missing_evidence: tuple[str, ...] = ()
    onset: datetime | None = None
    traffic: dict[str, float] = {}
    look_again: tuple[str, ...] = ()
    stands: tuple[Stand, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    engine: str = ""

    @property
    def cause(self) -> Candidate | None:
        """The first candidate, where a cause was found."""
        return self.root_cause_candidates[0] if self.verdict is Finding.FOUND else None
