"""Errors as RFC 9457 problem+json, plus the member `error` that existing clients read."""

from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

_MOST_ERRORS = 5  # listed in one response


def install(app: FastAPI) -> None:
    """Makes the app return its errors as problems. The request's content is never echoed.

    Except for a body that is too large by its Content-Length: FastAPI answers it with a plain 413.
    """
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "correlationId": str(uuid4()),
        "error": detail,
    }
    return JSONResponse(content, status, media_type="application/problem+json")


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = error.errors()
    sentences = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in errors[:_MOST_ERRORS]]
    more = f" and {len(errors) - _MOST_ERRORS} more" if len(errors) > _MOST_ERRORS else ""
    return _problem(422, "Request is not valid", "; ".join(sentences) + more)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return _problem(error.status_code, "Request refused", str(error.detail))
