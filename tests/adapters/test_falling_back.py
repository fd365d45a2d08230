import asyncio

import pytest
from synthetic_incidents import Incident, evidence

from adapters.diagnosers.engine import EngineDiagnoser
from adapters.diagnosers.falling_back import FallingBackDiagnoser
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.errors import InvalidError, UnavailableError
from missions.evidence import Evidence

SEEN = (evidence(Incident(kind="leak", seed=1, service="payments", size=4.0)),)
OTHERS = Diagnosis(verdict=DiagnosisVerdict.HEALTHY, summary="from elsewhere", engine="other/1")


class Scripted(EngineDiagnoser):
    """An engine that raises what it is told, and then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked: list[tuple[str, tuple[Evidence, ...]]] = []

    @property
    def calls(self) -> int:
        return len(self.asked)

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        self.asked.append((symptom, evidence))
        if self.errors:
            raise self.errors.pop(0)
        return OTHERS


class Hanging(Scripted):
    """An engine that never answers."""

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        await asyncio.Event().wait()
        return await super().diagnose(symptom, evidence)


async def test_the_other_engine_is_asked_first_and_again() -> None:
    """One failed attempt is not told."""
    other = Scripted(UnavailableError("down"))
    assert await FallingBackDiagnoser(other, EngineDiagnoser(), deadline=60).diagnose("", SEEN) == OTHERS
    assert other.calls == 2


@pytest.mark.parametrize(
    ("other", "calls"),
    [
        (Scripted(UnavailableError("down"), UnavailableError("down")), 2),
        (Scripted(InvalidError("refused")), 1),
    ],
)
async def test_our_own_engine_answers_instead_and_says_so(other: Scripted, calls: int) -> None:
    """With a cause and with the reason; what is refused is not asked twice."""
    diagnosis = await FallingBackDiagnoser(other, EngineDiagnoser(), deadline=60).diagnose("", SEEN)
    assert diagnosis.cause is not None
    assert diagnosis.cause.service == "payments"
    assert "this is the engine in process" in diagnosis.summary
    assert any("configured analysis engine" in one for one in diagnosis.missing_evidence)
    assert other.calls == calls


async def test_an_engine_that_hangs_is_given_up() -> None:
    """At the deadline of all attempts together."""
    diagnosis = await FallingBackDiagnoser(Hanging(), EngineDiagnoser(), deadline=0.05).diagnose("", SEEN)
    assert "it took too long" in diagnosis.summary


async def test_an_engine_that_keeps_failing_is_left_alone_for_a_minute() -> None:
    """And tried once after it."""
    now = [0.0]
    other = Scripted(*(UnavailableError("down") for _ in range(6)))
    diagnoser = FallingBackDiagnoser(other, EngineDiagnoser(), deadline=60, clock=lambda: now[0])
    for _ in range(3):
        await diagnoser.diagnose("", SEEN)
    assert other.calls == 6
    told = await diagnoser.diagnose("", SEEN)
    assert other.calls == 6
    assert "left alone" in told.summary
    now[0] = 61.0
    assert await diagnoser.diagnose("", SEEN) == OTHERS
