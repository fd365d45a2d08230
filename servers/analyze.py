"""The analysis engine behind contract 3: `POST /analyze`, and `/api/v1/analyze` for an older client."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from missions.diagnosis import Diagnosis
from rca.diagnosis import diagnose
from servers import problems
from servers.analyze_requests import AnalyzeIn, OldAnalyzeIn
from servers.limits import BodyLimit

_LARGEST = 20_000_000  # bytes of a request
_AT_ONCE = 2  # analyses that run side by side; others wait


def create_app() -> FastAPI:
    """The app. It keeps nothing and calls nobody."""
    app = FastAPI(title="ops-agent analysis", docs_url=None, redoc_url=None)
    problems.install(app)
    app.add_middleware(BodyLimit, most=_LARGEST)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def answered(request: AnalyzeIn) -> Diagnosis:
        async with turns:
            return await asyncio.to_thread(diagnose, request.symptom, (request.evidence(),))

    @app.post("/analyze")
    async def analyze(request: AnalyzeIn) -> Diagnosis:
        return await answered(request)

    @app.post("/api/v1/analyze")
    async def analyze_old(request: OldAnalyzeIn) -> Diagnosis:
        return await answered(_new(request))

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _new(old: OldAnalyzeIn) -> AnalyzeIn:
    """The old request as a new one; without data in its context the answer will be inconclusive."""
    names = {name: field.alias or name for name, field in AnalyzeIn.model_fields.items()}
    known: dict[str, Any] = {
        alias: old.context[given]
        for name, alias in names.items()
        for given in (name, alias)
        if given in old.context
    }
    now = datetime.now(UTC)
    known.setdefault("timeWindow", {"start": now - timedelta(minutes=15), "end": "now"})
    known |= {"symptom": "; ".join(old.symptoms), "incidentId": old.incident_id}
    try:
        return AnalyzeIn.model_validate(known)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error
