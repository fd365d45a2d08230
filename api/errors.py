"""The only place that knows which HTTP status an error has. Answers are problem+json (RFC 9457)."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.refusals import audit_refusal
from missions import errors
from missions.frozen_model import FrozenModel

log = structlog.get_logger(__name__)

STATUS: dict[type[errors.OpsError], int] = {
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.StatusError: 409,
    errors.InvalidError: 422,
    errors.GoneError: 410,
    errors.TooManyRequestsError: 429,
    errors.UnavailableError: 503,
}
KINDS: dict[type[errors.OpsError], str] = {
    errors.InvalidCredentialsError: "invalid_credentials",
    errors.ChangedError: "changed_since_viewed",
    errors.StepUpError: "step_up_required",
    errors.SecondFactorError: "second_factor_required",
}
"""The `type` of each problem that a client handles by itself."""


class Problem(FrozenModel):
    """The content of every error (RFC 9457); `error` repeats the detail or the title for older clients."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    error: str
    correlation_id: str


DESCRIBED: dict[str, Any] = {
    "description": "What went wrong (RFC 9457).",
    "content": {"application/problem+json": {"schema": Problem.model_json_schema(by_alias=True)}},
}
"""The OpenAPI description of every error; FastAPI's own would say application/json."""


def problem(
    request: Request, status: int, title: str, detail: str, kind: str = "about:blank"
) -> JSONResponse:
    """The answer to a request that failed."""
    correlation = getattr(request.state, "correlation_id", "")
    content = Problem(
        type=kind,
        title=title,
        status=status,
        detail=detail,
        error=detail or title,
        correlation_id=correlation,
    )
    headers = {"Cache-Control": "no-store"}
    if status == 503:  # noqa: PLR2004  unavailable
        headers["Retry-After"] = "2"
    if status == 401:  # noqa: PLR2004  not signed in
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        content.model_dump(by_alias=True), status, headers, media_type="application/problem+json"
    )


def status_of(error: errors.OpsError) -> int:
    """The status of the error's nearest base class that has one."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def install(app: FastAPI) -> None:
    """Answers every error as a problem, without a stack trace."""

    @app.exception_handler(errors.OpsError)
    async def product_error(request: Request, error: errors.OpsError) -> JSONResponse:
        if isinstance(error, errors.ForbiddenError):
            await audit_refusal(request, str(error))
        return answer_error(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        mistakes = (
            f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg'].removeprefix('Value error, ')}"
            for mistake in error.errors()
        )
        return problem(request, 422, "The request is not valid.", "; ".join(mistakes))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        answer = problem(request, error.status_code, str(error.detail), "")
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def unexpected_error(request: Request, error: Exception) -> JSONResponse:
        return unexpected(request, error)


def answer_error(request: Request, error: errors.OpsError) -> JSONResponse:
    """The answer to a request that raised one of the product's errors."""
    kind = KINDS.get(type(error), "about:blank")
    answer = problem(request, status_of(error), _title(error), str(error), kind)
    if isinstance(error, errors.TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def unexpected(request: Request, error: Exception) -> JSONResponse:
    """Logs an error without a handler. The answer contains only the correlation id."""
    log.error("unexpected error", exc_info=error)
    detail = "It is logged under this correlation id."
    return problem(request, 500, "Something went wrong on our side.", detail)


def _title(error: errors.OpsError) -> str:
    return (type(error).__doc__ or "").strip()
