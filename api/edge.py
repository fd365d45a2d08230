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

from api.deadlines import BodyDeadline
from api.errors import problem, unexpected
from api.headers import HEADERS, HSTS
from api.measures import Measures
from stores.limits import Allowance
from stores.postgres.audit.entries import ORIGIN, AuditOrigin

BODY_BYTES = 64 * 1024
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
    """A correlation id in and out, security headers, limits, deadlines and measures, on every answer.

    `secure`: people come over https. `origins`: foreign ones whose pages may call. `proxies`: addresses and
    networks whose X-Forwarded-For is believed.
    """
    app.add_middleware(BodyDeadline)  # the innermost: its answers get their headers below
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
    """ASGI middleware: what every answer has, also the one to what nobody foresaw."""

    def __init__(self, app: ASGIApp, measures: Measures, *, secure: bool) -> None:
        self._app = app
        self._measures = measures
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on whatever is no HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, began, answering = Request(scope), time.perf_counter(), False
        asked = request.headers.get("X-Correlation-Id", "")
        correlation = asked if CORRELATION.fullmatch(asked) else uuid.uuid4().hex
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
                if _too_long(request.headers.get("Content-Length")):
                    refusal = problem(request, 413, "The body is too large.", "At most 64 KB.")
                    await refusal(scope, receive, answer)
                else:  # what says no length is counted by the router
                    await self._app(scope, receive, answer)
            except Exception as error:
                if answering:
                    raise  # too late for another answer: the server cuts this one off
                await unexpected(request, error)(scope, receive, answer)

    def _complete(self, request: Request, headers: MutableHeaders) -> None:
        headers["X-Correlation-Id"] = request.state.correlation_id
        _tell_rate(headers, getattr(request.state, "allowance", None))
        if self._secure:
            headers.setdefault("Strict-Transport-Security", HSTS)
        if not request.url.path.startswith(DOCS):
            for name, value in HEADERS.items():
                headers.setdefault(name, value)


def _route_of(request: Request) -> str | None:
    """Its pattern, what varies by name: what a stranger writes into an address must not become a label."""
    if "route" not in request.scope:
        return None
    path = str(request.scope["path"])
    for name, value in request.path_params.items():
        path = path.replace(str(value), f"{{{name}}}") if value else path
    return path


def _too_long(length: str | None) -> bool:
    return length is not None and length.isdecimal() and int(length) > BODY_BYTES


def _tell_rate(headers: MutableHeaders, allowance: Allowance | None) -> None:
    if allowance is not None:
        numbers = (allowance.limit, allowance.remaining, allowance.retry_s)
        for name, number in zip(RATES, numbers, strict=True):
            headers[name] = str(number)
