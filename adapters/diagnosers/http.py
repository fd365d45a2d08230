import asyncio
import json

import httpx

from adapters.diagnosers.analyze_request import analyze_request
from adapters.diagnosers.analyze_response import read_diagnosis
from missions.diagnosis import Diagnosis
from missions.errors import InvalidError, UnavailableError
from missions.evidence import Evidence
from missions.verification import AppliedAction, PanelRef, ProofPlan, Verification
from rca import verification
from rca.traffic import traffic

_MAX_BYTES = 5_000_000  # of a response


class HttpDiagnoser:
    """An external engine behind `POST /analyze`; `compare` runs in this process. `timeout` in seconds."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._url = base_url.rstrip("/") + "/analyze"
        self._timeout = timeout

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        """The engine's diagnosis.

        Raises UnavailableError where none comes, InvalidError where the engine refuses the request.
        """
        content = json.dumps(analyze_request(symptom, evidence), allow_nan=False).encode()
        try:
            # trust_env: no proxy from the environment may read the evidence.
            async with httpx.AsyncClient(timeout=self._timeout, trust_env=False) as client:
                response = await client.post(
                    self._url, content=content, headers={"Content-Type": "application/json"}
                )
        except httpx.HTTPError as error:
            raise UnavailableError(f"The analysis engine: {type(error).__name__}.") from error
        if response.is_client_error:
            raise InvalidError(f"The analysis engine refused it with {response.status_code}.")
        if not response.is_success or len(response.content) > _MAX_BYTES:
            raise UnavailableError(f"The analysis engine answered {response.status_code}.")
        try:
            diagnosis = read_diagnosis(response.content)
        except ValueError as error:
            raise UnavailableError("The analysis engine's answer has another shape.") from error
        return diagnosis.model_copy(update={"traffic": traffic(evidence)})

    async def plan_proof(self, diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:
        """How long the proof of a recovery takes."""
        return await asyncio.to_thread(verification.plan_proof, diagnosis, before)

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        action: AppliedAction,
        unread: frozenset[PanelRef] = frozenset(),
    ) -> Verification:
        """Whether all that showed the incident is back to normal."""
        return await asyncio.to_thread(verification.compare, diagnosis, before, after, action, unread)
