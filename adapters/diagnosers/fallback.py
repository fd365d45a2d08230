import asyncio
import time
from collections.abc import Callable

from activities.ports import Diagnoser
from missions.diagnosis import Diagnosis
from missions.errors import InvalidError, UnavailableError
from missions.evidence import Evidence
from missions.verification import AppliedAction, PanelRef, ProofPlan, Verification

_FAILURES = 3  # in a row, after which the circuit breaker opens
_OPEN_S = 60.0  # how long it stays open


class FallbackDiagnoser:
    """Uses an external engine, and the built-in one where the external engine fails.

    A diagnosis by the built-in engine says so. `deadline` in seconds limits the one request to the external
    engine. A circuit breaker skips the external engine for a minute after three failures in a row.
    """

    def __init__(
        self,
        external: Diagnoser,
        built_in: Diagnoser,
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._external = external
        self._built_in = built_in
        self._deadline = deadline
        self._clock = clock
        self._failures = 0
        self._open_until = -1.0

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        """The external engine's diagnosis, else the built-in one's with the reason for the fallback."""
        if self._clock() < self._open_until:
            return await self._fall_back(
                symptom, evidence, "it failed repeatedly and is skipped for a minute"
            )
        try:
            async with asyncio.timeout(self._deadline):
                diagnosis = await self._external.diagnose(symptom, evidence)
        except InvalidError as error:  # the engine works and refuses this request
            return await self._fall_back(symptom, evidence, str(error))
        except (UnavailableError, TimeoutError) as error:
            self._count_failure()
            return await self._fall_back(symptom, evidence, str(error) or "it took too long")
        self._failures = 0
        return diagnosis

    async def plan_proof(self, diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:
        """The built-in engine's plan, always."""
        return await self._built_in.plan_proof(diagnosis, before)

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        action: AppliedAction,
        unread: frozenset[PanelRef] = frozenset(),
    ) -> Verification:
        """The built-in engine's comparison, always."""
        return await self._built_in.compare(diagnosis, before, after, action, unread)

    def _count_failure(self) -> None:
        self._failures += 1
        if self._failures >= _FAILURES:
            self._open_until = self._clock() + _OPEN_S
            self._failures = _FAILURES - 1  # when the minute is over, one more failure opens it again

    async def _fall_back(self, symptom: str, evidence: tuple[Evidence, ...], reason: str) -> Diagnosis:
        diagnosis = await self._built_in.diagnose(symptom, evidence)
        note = (
            f"The configured analysis engine did not answer ({reason}); "
            "the built-in engine made this diagnosis."
        )
        return diagnosis.model_copy(
            update={
                "summary": f"{diagnosis.summary}\n\n{note}",
                "missing_evidence": (*diagnosis.missing_evidence, "the configured analysis engine's answer"),
            }
        )
