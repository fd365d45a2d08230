import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from activities.ports import Diagnoser
from missions.diagnosis import Diagnosis
from missions.errors import InvalidError, UnavailableError
from missions.evidence import Evidence
from missions.verification import Verification

_ATTEMPTS = 2
_PAUSE = 0.5  # seconds before the second attempt
_FAILURES = 3  # in a row, after which the engine is left alone
_OPEN = 60.0  # seconds for which it is left alone


class FallingBackDiagnoser:
    """Another engine first; where it does not answer in time, our own, and the diagnosis says so.

    `deadline` in seconds is for all attempts together. After three failures in a row the other engine is
    not asked for a minute; then one call tries it again.
    """

    def __init__(
        self,
        preferred: Diagnoser,
        own: Diagnoser,
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._preferred = preferred
        self._own = own
        self._deadline = deadline
        self._clock = clock
        self._failures = 0
        self._closed_at = -1.0

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        """The other engine's answer, or our own with the reason why it is ours."""
        if self._clock() < self._closed_at:
            return await self._instead(
                symptom, evidence, "it failed repeatedly and is left alone for a while"
            )
        try:
            async with asyncio.timeout(self._deadline):
                diagnosis = await self._asked(symptom, evidence)
        except InvalidError as error:
            # It is there and refuses this request: neither a failure nor worth another attempt.
            return await self._instead(symptom, evidence, str(error))
        except (UnavailableError, TimeoutError) as error:
            self._failed()
            return await self._instead(symptom, evidence, str(error) or "it took too long")
        self._failures = 0
        return diagnosis

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        since: datetime,
    ) -> Verification:
        """Recovery is always judged by our own engine."""
        return await self._own.compare(diagnosis, before, after, since)

    async def _asked(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._preferred.diagnose(symptom, evidence)
            except UnavailableError:
                await asyncio.sleep(_PAUSE)
        return await self._preferred.diagnose(symptom, evidence)

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= _FAILURES:
            self._closed_at = self._clock() + _OPEN
            self._failures = _FAILURES - 1  # the next failure closes it at once

    async def _instead(self, symptom: str, evidence: tuple[Evidence, ...], reason: str) -> Diagnosis:
        diagnosis = await self._own.diagnose(symptom, evidence)
        told = f"The configured analysis engine gave no answer ({reason}); this is the engine in process."
        return diagnosis.model_copy(
            update={
                "summary": f"{diagnosis.summary}\n\n{told}",
                "missing_evidence": (*diagnosis.missing_evidence, "the configured analysis engine's answer"),
            }
        )
