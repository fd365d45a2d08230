"""Serves the web console's files that `make setup` built, with a policy that forbids inline code."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.headers import REPORTS
from missions.errors import NotFoundError

FILES = Path(__file__).resolve().parents[1] / "console"
PAGES = ("", "missions", "approvals", "audit", "admin", "settings", "new", "welcome", "set-password", "join")
"""The first segments of the console's own addresses; other unknown addresses are a 404."""
_NOT_PAGES = ("/api/", "/socket.io", "/assets/")
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


def policy(pictures: str) -> str:
    """The console's Content-Security-Policy; `pictures` is the origin of presigned screenshots."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' blob: {pictures}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            f"report-uri {REPORTS}",
        )
    )


def origin(url: str) -> str:
    """Scheme and host of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def install(app: FastAPI, pictures: str, files: Path = FILES) -> None:
    """Serves the console at `/`; `pictures` is a URL of the object store that presigned links use."""
    router = APIRouter(include_in_schema=False)
    content_policy = policy(origin(pictures))

    @router.get("/icon.svg")
    async def icon() -> Response:
        return _file(files / "icon.svg", {"Cache-Control": "public, max-age=86400"})

    @router.get("/assets/{name}")
    async def asset(name: str, request: Request) -> Response:
        if not _NAME.fullmatch(name):
            raise NotFoundError
        path, headers = files / "assets" / name, {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
        packed = path.with_name(f"{name}.gz")
        if "gzip" in request.headers.get("Accept-Encoding", "") and packed.is_file():
            return _file(packed, headers | {"Content-Encoding": "gzip"}, _TYPES.get(path.suffix))
        return _file(path, headers)

    headers = {"Cache-Control": "no-store", "Content-Security-Policy": content_policy}

    async def page() -> Response:
        if not (files / "index.html").is_file():
            raise NotFoundError("The console is not built here: make setup.")
        return _file(files / "index.html", headers)

    for first in PAGES:
        router.add_api_route(f"/{first}", page, methods=["GET"])
        if first:
            router.add_api_route(f"/{first}/{{rest:path}}", page, methods=["GET"])
    app.include_router(router)
    app.router.default = _or_page(app.router.default, files / "index.html", headers)


def _or_page(unknown: ASGIApp, index: Path, headers: dict[str, str]) -> ASGIApp:
    """Answers an unknown address with the console's page for a browser, with a problem for a program."""

    async def lost(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _wants_page(Request(scope), index):
            await FileResponse(index, status_code=404, headers=headers)(scope, receive, send)
        else:
            await unknown(scope, receive, send)

    return lost


def _wants_page(request: Request, index: Path) -> bool:
    html = "text/html" in request.headers.get("Accept", "")
    return (
        html and request.method == "GET" and not request.url.path.startswith(_NOT_PAGES) and index.is_file()
    )


def _file(path: Path, headers: dict[str, str], media_type: str | None = None) -> Response:
    if not path.is_file():
        raise NotFoundError
    return FileResponse(path, media_type=media_type or _TYPES.get(path.suffix), headers=headers)
