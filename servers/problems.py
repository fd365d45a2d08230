"""Errors as RFC 9457 problem+json, plus the member `error` that existing clients read."""

from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

_MOST = 5  # mistakes that are told at once


def problem(status: int, title: str, detail: str) -> JSONResponse:
    """The answer to a request that went wrong."""
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "correlationId": str(uuid4()),
        "error": detail,
    }
    return JSONResponse(content, status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Makes the app answer its errors as problems. What was sent is never echoed."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    mistakes = error.errors()
    told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in mistakes[:_MOST])
    more = f" and {len(mistakes) - _MOST} more" if len(mistakes) > _MOST else ""
    return problem(422, "Request is not valid", told + more)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, "Request refused", str(error.detail))
