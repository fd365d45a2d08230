from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from aiohttp import web

from demo.shop.problems import as_json

_PAGES: Final = Path(__file__).parent / "dashboard"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class RouteGroup(Protocol):
    """A group of routes."""

    def register(self, app: web.Application) -> None:
        """Adds its routes."""


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


async def _dashboard(_: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGES / "index.html")


def build_site(groups: Iterable[RouteGroup]) -> web.Application:
    """The application: the dashboard's page and files, and the groups' routes."""
    app = web.Application(middlewares=[as_json])
    app.on_response_prepare.append(_add_headers)
    app.router.add_get("/", _dashboard)
    app.router.add_static("/dashboard/", _PAGES)
    for group in groups:
        group.register(app)
    return app
