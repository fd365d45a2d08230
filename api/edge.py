import re
import time
import uuid
from collections.abc import Collection

import structlog
from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.deadlines import BodyLimits
from api.errors import answer_error, unexpected
from api.headers import HEADERS, HSTS
from api.measures import Measures
from api.rate_limits import client_of, count_request, is_uncounted
from missions.errors import TooManyRequestsError
from stores.limits import Allowance
from stores.postgres.audit.entries import ORIGIN, AuditOrigin

CORRELATION = re.compile(r"[A-Za-z0-9-]{1,64}")
DOCS = ("/docs", "/openapi.json")
RATES = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def install(
    app: FastAPI,
    measures: Measures,
    *,
    secure: bool = False,
    origins: Collection[str] = (),
    proxies: Collection[str] = (),
) -> None:
    """Adds a correlation id, security headers, limits, deadlines and metrics to every answer.

    `secure`: people use https. `origins`: other sites whose pages may call the API. `proxies`: addresses and
    networks whose X-Forwarded-For is trusted.
    """
    app.add_middleware(BodyLimits)  # innermost: its answers pass the middleware below
    app.add_middleware(RequestCount)
    app.add_middleware(Edge, measures=measures, secure=secure)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(origins),
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Correlation-Id"],
        expose_headers=["X-Correlation-Id", "Retry-After", *RATES],
    )
    if proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=sorted(proxies))


class Edge:
    """ASGI middleware: gives every answer its correlation id, headers and metrics; also after an error."""

    def __init__(self, app: ASGIApp, measures: Measures, *, secure: bool) -> None:
        self._app = app
        self._measures = measures
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles HTTP requests, and passes on everything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, began, answering = Request(scope), time.perf_counter(), False
        sent = request.headers.get("X-Correlation-Id", "")
        correlation = sent if CORRELATION.fullmatch(sent) else uuid.uuid4().hex
        request.state.correlation_id = correlation
        ip = request.client.host if request.client is not None else ""
        ORIGIN.set(AuditOrigin(ip, request.headers.get("User-Agent", "")))

        async def answer(message: Message) -> None:
            nonlocal answering
            if message["type"] == "http.response.start":
                answering = True
                self._complete(request, MutableHeaders(scope=message))
                seconds = time.perf_counter() - began
                self._measures.answered(request.method, _route_of(request), message["status"], seconds)
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation):
            try:
                await self._app(scope, receive, answer)
            except Exception as error:
                if answering:
                    raise  # the answer has begun: the server closes the connection
                await unexpected(request, error)(scope, receive, answer)

    def _complete(self, request: Request, headers: MutableHeaders) -> None:
        headers["X-Correlation-Id"] = request.state.correlation_id
        _add_rate(headers, getattr(request.state, "allowance", None))
        if self._secure:
            headers.setdefault("Strict-Transport-Security", HSTS)
        if not request.url.path.startswith(DOCS):
            for name, value in HEADERS.items():
                headers.setdefault(name, value)


class RequestCount:
    """ASGI middleware: counts by its client each request of the API that its route has not counted.

    These are requests without a route, and those that are refused before their route runs. Routes count
    theirs before they do anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles HTTP requests, and passes on everything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, is_refused = Request(scope), False

        async def answer(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and is_uncounted(request):
                try:
                    await count_request(request, client_of(request))
                except TooManyRequestsError as error:
                    is_refused = True
                    await answer_error(request, error)(scope, receive, send)
            if not is_refused:
                await send(message)

        await self._app(scope, receive, answer)


def _route_of(request: Request) -> str | None:
    """The template of the matched route: no value of a client becomes a label.

    A route knows its template below the routers that include it; their prefixes have no parameters.
    """
    template: str | None = getattr(request.scope.get("route"), "path", None)
    if template is None or ":path}" in template:
        return template
    segments = str(request.scope["path"]).split("/")
    return "/".join(segments[: len(segments) - template.count("/")]) + template


def _add_rate(headers: MutableHeaders, allowance: Allowance | None) -> None:
    if allowance is not None:
        numbers = (allowance.limit, allowance.remaining, allowance.retry_s)
        for name, number in zip(RATES, numbers, strict=True):
            headers[name] = str(number)
