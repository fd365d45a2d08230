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
from servers.analyze_requests import AnalyzeRequest, LegacyAnalyzeRequest

_BODY_BYTES = 20_000_000
_CONCURRENT = 2  # analyses that run at once; others wait


def create_app() -> FastAPI:
    """The app. It stores nothing and calls no other service."""
    app = FastAPI(title="ops-agent analysis", docs_url=None, redoc_url=None, max_body_size=_BODY_BYTES)
    problems.install(app)
    slots = asyncio.Semaphore(_CONCURRENT)

    async def run(request: AnalyzeRequest) -> Diagnosis:
        async with slots:
            return await asyncio.to_thread(diagnose, request.symptom, request.evidence())

    @app.post("/analyze")
    async def analyze(request: AnalyzeRequest) -> Diagnosis:
        return await run(request)

    @app.post("/api/v1/analyze")
    async def analyze_legacy(request: LegacyAnalyzeRequest) -> Diagnosis:
        return await run(_upgraded(request))

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _upgraded(legacy: LegacyAnalyzeRequest) -> AnalyzeRequest:
    """The old request as a new one; without data in its context the diagnosis will be inconclusive."""
    aliases = {name: field.alias or name for name, field in AnalyzeRequest.model_fields.items()}
    content: dict[str, Any] = {
        alias: legacy.context[key]
        for name, alias in aliases.items()
        for key in (name, alias)
        if key in legacy.context
    }
    now = datetime.now(UTC)
    content.setdefault("timeWindow", {"start": now - timedelta(minutes=15), "end": "now"})
    content |= {"symptom": "; ".join(legacy.symptoms), "incidentId": legacy.incident_id}
    try:
        return AnalyzeRequest.model_validate(content)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error
