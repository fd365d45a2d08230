"""The response of `POST /analyze`: our own server's is in camelCase, autorca-core's in snake_case."""

import math
import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, TypeAdapter

from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict, Moment, ServiceGraph
from missions.identities.entities import NameMerge, ServiceIdentity
from missions.plan import ActionKind

_MIN_CONFIDENCE = 0.5  # of the first candidate of an engine that sends no verdict
_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def _citation(value: object) -> object:
    """autorca-core cites evidence as text: the text becomes its id, too."""
    return {"id": value, "description": value} if isinstance(value, str) else value


def _action_kinds(value: object) -> object:
    """Drops advice in prose: only the catalog's kinds of action can be executed."""
    if not isinstance(value, list):
        return value
    return [kind for kind in value if kind in set(ActionKind)]


class _Candidate(BaseModel):
    service: str
    incident_type: str
    confidence: float
    explanation: str = ""
    evidence: tuple[Annotated[Citation, BeforeValidator(_citation)], ...] = ()
    remediation: Annotated[tuple[ActionKind, ...], BeforeValidator(_action_kinds)] = ()
    speaks_for: tuple[Annotated[Citation, BeforeValidator(_citation)], ...] = ()
    speaks_against: tuple[Annotated[Citation, BeforeValidator(_citation)], ...] = ()
    identity: ServiceIdentity | None = None


class _Response(BaseModel):
    summary: str
    primary_symptom: str = ""
    root_cause_candidates: tuple[_Candidate, ...] = ()
    service_graph: ServiceGraph = ServiceGraph()
    timeline: tuple[Moment, ...] = ()
    verdict: DiagnosisVerdict | None = None
    missing_evidence: tuple[str, ...] = ()
    onset: datetime | None = None
    merged_names: tuple[NameMerge, ...] = ()
    engine: str = "unknown"


_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def read_diagnosis(body: bytes) -> Diagnosis:
    """The diagnosis in a response. Drops candidates without evidence. Raises ValueError for another shape."""
    response = _Response.model_validate(_snake_case(_JSON.validate_json(body)))
    candidates = tuple(
        Candidate.model_validate(candidate.model_dump())
        for candidate in response.root_cause_candidates
        if candidate.evidence and math.isfinite(candidate.confidence) and 0 <= candidate.confidence <= 1
    )
    verdict = response.verdict
    if verdict is None:
        verdict = (
            DiagnosisVerdict.FOUND
            if candidates and candidates[0].confidence >= _MIN_CONFIDENCE
            else DiagnosisVerdict.INCONCLUSIVE
        )
    missing = response.missing_evidence
    if verdict is DiagnosisVerdict.FOUND and not candidates:
        verdict, missing = DiagnosisVerdict.INCONCLUSIVE, (*missing, "evidence for what the engine claims")
    return Diagnosis(
        verdict=verdict,
        summary=response.summary,
        primary_symptom=response.primary_symptom,
        root_cause_candidates=candidates,
        service_graph=response.service_graph,
        timeline=response.timeline,
        missing_evidence=missing,
        onset=response.onset,
        merged_names=response.merged_names,
        engine=response.engine,
    )


def _snake_case(value: object) -> object:
    """The same JSON with snake_case keys."""
    if isinstance(value, dict):
        return {
            _CAMEL_HUMP.sub(r"_\1", str(key)).lower(): _snake_case(content) for key, content in value.items()
        }
    return [_snake_case(item) for item in value] if isinstance(value, list) else value
