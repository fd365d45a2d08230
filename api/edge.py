import re
import uuid
from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request, Response

from api.errors import problem, unexpected

BODY_BYTES = 64 * 1024
CORRELATION = re.compile(r"[A-Za-z0-9-]{1,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
DOCS = ("/docs", "/openapi.json")


def install(app: FastAPI) -> None:
    """A correlation id in and out, and security headers, on every answer."""

    @app.middleware("http")
    async def edge(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        asked = request.headers.get("X-Correlation-Id", "")
        correlation = asked if CORRELATION.fullmatch(asked) else uuid.uuid4().hex
        request.state.correlation_id = correlation
        with structlog.contextvars.bound_contextvars(correlation_id=correlation):
            try:
                if int(request.headers.get("Content-Length") or 0) > BODY_BYTES:
                    response: Response = problem(request, 413, "The body is too large.", "At most 64 KB.")
                else:  # what says no length is counted by the router
                    response = await call(request)
            except Exception as error:  # noqa: BLE001  here, so that this answer has its headers too
                response = unexpected(request, error)
        response.headers["X-Correlation-Id"] = correlation
        if not request.url.path.startswith(DOCS):
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response
