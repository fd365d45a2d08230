import asyncio

import pytest
from synthetic_incidents import Incident, evidence

from adapters.diagnosers.fallback import FallbackDiagnoser
from adapters.diagnosers.in_process import InProcessDiagnoser
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.errors import InvalidError, UnavailableError
from missions.evidence import Evidence

EVIDENCE = (evidence(Incident(kind="leak", seed=1, service="payments", size=4.0)),)
EXTERNAL = Diagnosis(verdict=DiagnosisVerdict.HEALTHY, summary="from elsewhere", engine="other/1")


class ScriptedEngine(InProcessDiagnoser):
    """An engine that raises these errors, one for each request, and then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        del symptom, evidence
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return EXTERNAL


class HangingEngine(InProcessDiagnoser):
    """An engine that never answers."""

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        await asyncio.Event().wait()
        return await super().diagnose(symptom, evidence)


async def test_the_external_engine_comes_first() -> None:
    """The external engine's diagnosis is returned unchanged."""
    external = ScriptedEngine()
    assert (
        await FallbackDiagnoser(external, InProcessDiagnoser(), deadline=60).diagnose("", EVIDENCE)
        == EXTERNAL
    )
    assert external.calls == 1


@pytest.mark.parametrize("error", [UnavailableError("down"), InvalidError("refused")])
async def test_the_built_in_engine_replaces_a_failed_one_and_says_so(error: Exception) -> None:
    """After one failed request the built-in engine diagnoses, and the summary gives the reason."""
    external = ScriptedEngine(error)
    diagnosis = await FallbackDiagnoser(external, InProcessDiagnoser(), deadline=60).diagnose("", EVIDENCE)
    assert diagnosis.cause is not None
    assert diagnosis.cause.service == "payments"
    assert f"({error}); the built-in engine made this diagnosis" in diagnosis.summary
    assert "the configured analysis engine's answer" in diagnosis.missing_evidence
    assert external.calls == 1


async def test_an_engine_that_hangs_is_abandoned_at_the_deadline() -> None:
    """The built-in engine diagnoses after the deadline."""
    diagnoser = FallbackDiagnoser(HangingEngine(), InProcessDiagnoser(), deadline=0.05)
    assert "it took too long" in (await diagnoser.diagnose("", EVIDENCE)).summary


async def test_the_circuit_breaker_skips_a_failing_engine_for_a_minute() -> None:
    """After three failures in a row the engine is skipped for a minute and then used again."""
    now = [0.0]
    external = ScriptedEngine(*(UnavailableError("down") for _ in range(3)))
    diagnoser = FallbackDiagnoser(external, InProcessDiagnoser(), deadline=60, clock=lambda: now[0])
    for _ in range(3):
        await diagnoser.diagnose("", EVIDENCE)
    assert external.calls == 3
    diagnosis = await diagnoser.diagnose("", EVIDENCE)
    assert external.calls == 3
    assert "skipped for a minute" in diagnosis.summary
    now[0] = 61.0
    assert await diagnoser.diagnose("", EVIDENCE) == EXTERNAL
