"""Every Diagnoser: in memory, the built-in engine, and an engine over HTTP behind our own server."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI, Request, Response
from memory_diagnoser import MemoryDiagnoser
from served_apps import served
from synthetic_incidents import START, Incident, aftermath, evidence

from activities.ports import Diagnoser
from adapters.diagnosers.fallback import FallbackDiagnoser
from adapters.diagnosers.http import HttpDiagnoser
from adapters.diagnosers.in_process import InProcessDiagnoser
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.errors import InvalidError, UnavailableError
from missions.evidence import Evidence
from missions.plan import ActionKind
from missions.verification import AppliedAction, PanelRef, ProofPlan, Recovery, Verification
from servers.analyze import create_app

LEAK = Incident(kind="leak", seed=1, service="payments", size=4.0)


class RecordedDiagnoser(MemoryDiagnoser):
    """The fake; its next result is that of the engine for the same evidence."""

    def __init__(self) -> None:
        super().__init__(Diagnosis(verdict=DiagnosisVerdict.INCONCLUSIVE, summary=""), [])
        self._engine = InProcessDiagnoser()

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        self.diagnosis = await self._engine.diagnose(symptom, evidence)
        return await super().diagnose(symptom, evidence)

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        action: AppliedAction,
        unread: frozenset[PanelRef] = frozenset(),
    ) -> Verification:
        self.comparisons = [await self._engine.compare(diagnosis, before, after, action, unread)]
        return await super().compare(diagnosis, before, after, action, unread)

    async def plan_proof(self, diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:
        self.proof = await self._engine.plan_proof(diagnosis, before)
        return await super().plan_proof(diagnosis, before)


@pytest.fixture(params=["memory", "engine", "http", "falling-back"])
async def diagnoser(request: pytest.FixtureRequest) -> AsyncIterator[Diagnoser]:
    if request.param == "memory":
        yield RecordedDiagnoser()
        return
    if request.param == "engine":
        yield InProcessDiagnoser()
        return
    if request.param == "falling-back":  # its first engine is unreachable
        yield FallbackDiagnoser(HttpDiagnoser("http://127.0.0.1:9", 2), InProcessDiagnoser(), deadline=20)
        return
    async with served(create_app()) as url:
        yield HttpDiagnoser(url, timeout=20)


@pytest.mark.parametrize(
    ("incident", "remedy"),
    [
        (Incident(kind="bad-deploy-errors", seed=2, service="checkout", size=0.4), ActionKind.ROLLBACK),
        (Incident(kind="bad-deploy-latency", seed=3, service="payments", size=1.0), ActionKind.ROLLBACK),
        (LEAK, ActionKind.RESTART),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
async def test_finds_the_cause_with_evidence(
    diagnoser: Diagnoser, incident: Incident, remedy: ActionKind
) -> None:
    """The first candidate is the causing service with its remedy, and cites only given evidence."""
    seen = evidence(incident)
    diagnosis = await diagnoser.diagnose("web is slow", (seen,))
    assert diagnosis.cause is not None
    assert diagnosis.cause.service == incident.service
    assert diagnosis.cause.remediation == (remedy,)
    given = (
        {row.id for row in seen.series}
        | {line.id for line in seen.logs}
        | {change.id for change in seen.changes}
    )
    assert all(claim.evidence for claim in diagnosis.root_cause_candidates)
    assert {citation.id for claim in diagnosis.root_cause_candidates for citation in claim.evidence} <= given
    assert diagnosis.onset is not None


async def test_healthy_is_an_answer(diagnoser: Diagnoser) -> None:
    """A healthy shop gives HEALTHY without candidates."""
    diagnosis = await diagnoser.diagnose("is all well?", (evidence(Incident(kind="healthy", seed=4)),))
    assert diagnosis.verdict is DiagnosisVerdict.HEALTHY
    assert diagnosis.root_cause_candidates == ()


async def test_nothing_seen_is_inconclusive(diagnoser: Diagnoser) -> None:
    """Without evidence the diagnosis names what is missing."""
    diagnosis = await diagnoser.diagnose("down!", ())
    assert diagnosis.verdict is DiagnosisVerdict.INCONCLUSIVE
    assert diagnosis.missing_evidence


async def test_values_that_are_not_numbers_are_gaps(diagnoser: Diagnoser) -> None:
    """NaN and infinity in a series neither cause an error nor change the cause."""
    seen = evidence(LEAK)
    odd = tuple(
        row.model_copy(update={"points": (*row.points, (seen.window.end.timestamp(), float("nan")))})
        for row in seen.series
    )
    diagnosis = await diagnoser.diagnose("", (seen.model_copy(update={"series": odd}),))
    assert diagnosis.cause is not None
    assert diagnosis.cause.service == "payments"


async def test_compares_before_and_after(diagnoser: Diagnoser) -> None:
    """The comparison of the same series decides whether the incident has recovered."""
    incident = Incident(kind="bad-deploy-latency", seed=5, service="payments", size=1.0)
    before = (evidence(incident),)
    diagnosis = await diagnoser.diagnose("", before)
    proof = await diagnoser.plan_proof(diagnosis, before)
    assert timedelta(seconds=15) <= proof.takes < timedelta(seconds=30)
    action = AppliedAction(service="payments", ended_at=START)
    for cured, expected in ((True, Recovery.RECOVERED), (False, Recovery.NOT_RECOVERED)):
        verification = await diagnoser.compare(diagnosis, before, (aftermath(incident, cured=cured),), action)
        assert verification.recovery is expected
        assert verification.comparisons


async def test_an_engine_that_answers_in_snake_case_is_understood() -> None:
    """Claims without evidence and unknown remedies are dropped; a missing verdict is derived."""
    answer = {
        "summary": "payments leaks",
        "primary_symptom": "slow",
        "root_cause_candidates": [
            {"service": "web", "incident_type": "guess", "confidence": 0.9, "evidence": []},
            {
                "service": "payments",
                "incident_type": "leak",
                "confidence": 0.8,
                "explanation": "memory grows",
                "evidence": ["memory at 3 GiB"],
                "remediation": ["restart", "rm -rf /", "call Bob"],
            },
        ],
        "service_graph": {"services": ["web"], "dependencies": [{"caller": "web", "callee": "payments"}]},
        "timeline": [],
    }
    async with served(_answering(json.dumps(answer))) as url:
        diagnosis = await HttpDiagnoser(url, timeout=5).diagnose("slow", ())
    assert diagnosis.verdict is DiagnosisVerdict.FOUND
    assert [claim.service for claim in diagnosis.root_cause_candidates] == ["payments"]
    assert diagnosis.root_cause_candidates[0].remediation == (ActionKind.RESTART,)
    assert diagnosis.root_cause_candidates[0].evidence[0].description == "memory at 3 GiB"


async def test_a_found_without_evidence_is_inconclusive() -> None:
    """A verdict `found` without candidates is inconclusive."""
    answer = {"summary": "trust me", "verdict": "found", "rootCauseCandidates": []}
    async with served(_answering(json.dumps(answer))) as url:
        diagnosis = await HttpDiagnoser(url, timeout=5).diagnose("slow", ())
    assert diagnosis.verdict is DiagnosisVerdict.INCONCLUSIVE
    assert diagnosis.cause is None


@pytest.mark.parametrize("content", ["", "null", "[]", "<html>", '{"summary": 1}'])
async def test_something_else_is_no_diagnosis(content: str) -> None:
    """An invalid response is UnavailableError, so it can be retried."""
    async with served(_answering(content)) as url:
        with pytest.raises(UnavailableError):
            await HttpDiagnoser(url, timeout=5).diagnose("slow", ())


async def test_no_engine_is_unavailable_and_a_refusal_is_permanent() -> None:
    """An unreachable engine can be retried; a 422 cannot."""
    with pytest.raises(UnavailableError):
        await HttpDiagnoser("http://127.0.0.1:9", timeout=2).diagnose("slow", ())
    async with served(_answering("{}", status=422)) as url:
        with pytest.raises(InvalidError):
            await HttpDiagnoser(url, timeout=5).diagnose("slow", ())


def _answering(content: str, status: int = 200) -> FastAPI:
    app = FastAPI()

    @app.post("/analyze")
    async def analyze(request: Request) -> Response:
        await request.body()
        return Response(content, status, media_type="application/json")

    return app
