import uuid
from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem

BODY_BYTES = 64 * 1024
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
DOCS = ("/docs", "/openapi.json")


def install(app: FastAPI) -> None:
    """A correlation id in and out, security headers, and bodies of at most 64 KB."""
    app.add_middleware(LimitedBody)

    @app.middleware("http")
    async def edge(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        asked = request.headers.get("X-Correlation-Id", "")
        correlation = asked if asked.isascii() and asked.isalnum() and len(asked) <= 64 else uuid.uuid4().hex  # noqa: PLR2004  the longest id that we repeat
        request.state.correlation_id = correlation
        with structlog.contextvars.bound_contextvars(correlation_id=correlation):
            if int(request.headers.get("Content-Length") or 0) > BODY_BYTES:
                response: Response = problem(request, 413, "The body is too large.", "At most 64 KB.")
            else:
                response = await call(request)
        response.headers["X-Correlation-Id"] = correlation
        if not request.url.path.startswith(DOCS):
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response


class LimitedBody:
    """Cuts off a body that is longer than it said."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what arrives; too much of it is answered as a disconnect."""
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return {"type": "http.disconnect"} if taken > BODY_BYTES else message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)
