"""Answers to `POST /analyze`: our own in camelCase, those of the engine it is named after in snake_case."""

import math
import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter

from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict, Moment, ServiceGraph
from missions.plan import ActionKind

_SURE = 0.5  # an engine that gives no verdict is believed from this confidence on
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore")


def _cited(value: object) -> object:
    """Other engines cite in words: the words are the evidence's only name."""
    return {"id": value, "description": value} if isinstance(value, str) else value


def _verbs(value: object) -> object:
    """Only verbs of the catalog count; advice in prose is nothing to execute."""
    return [one for one in value if one in set(ActionKind)] if isinstance(value, list) else value


class _Candidate(_Foreign):
    service: str
    incident_type: str
    confidence: float
    explanation: str = ""
    evidence: tuple[Annotated[Citation, BeforeValidator(_cited)], ...] = ()
    remediation: Annotated[tuple[ActionKind, ...], BeforeValidator(_verbs)] = ()
    speaks_for: tuple[Annotated[Citation, BeforeValidator(_cited)], ...] = ()
    speaks_against: tuple[Annotated[Citation, BeforeValidator(_cited)], ...] = ()


class _Answer(_Foreign):
    summary: str
    primary_symptom: str = ""
    root_cause_candidates: tuple[_Candidate, ...] = ()
    service_graph: ServiceGraph = ServiceGraph()
    timeline: tuple[Moment, ...] = ()
    verdict: DiagnosisVerdict | None = None
    missing_evidence: tuple[str, ...] = ()
    onset: datetime | None = None
    engine: str = "unknown"


_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def read_answer(body: bytes) -> Diagnosis:
    """The diagnosis in an answer. Raises ValueError where it is none. Claims without evidence are dropped."""
    answer = _Answer.model_validate(_snaked(_JSON.validate_json(body)))
    candidates = tuple(
        Candidate.model_validate(one.model_dump())
        for one in answer.root_cause_candidates
        if one.evidence and math.isfinite(one.confidence) and 0 <= one.confidence <= 1
    )
    verdict = answer.verdict
    if verdict is None:
        verdict = (
            DiagnosisVerdict.FOUND
            if candidates and candidates[0].confidence >= _SURE
            else DiagnosisVerdict.INCONCLUSIVE
        )
    missing = answer.missing_evidence
    if verdict is DiagnosisVerdict.FOUND and not candidates:
        verdict, missing = DiagnosisVerdict.INCONCLUSIVE, (*missing, "evidence for what the engine claims")
    return Diagnosis(
        verdict=verdict,
        summary=answer.summary,
        primary_symptom=answer.primary_symptom,
        root_cause_candidates=candidates,
        service_graph=answer.service_graph,
        timeline=answer.timeline,
        missing_evidence=missing,
        onset=answer.onset,
        engine=answer.engine,
    )


def _snaked(value: object) -> object:
    """The same JSON with snake_case keys."""
    if isinstance(value, dict):
        return {_HUMP.sub(r"_\1", str(key)).lower(): _snaked(content) for key, content in value.items()}
    return [_snaked(one) for one in value] if isinstance(value, list) else value
