"""A Grafana whose pages contain Grafana's own panels from npm, built once by `make grafana`."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from contract_grafana import ContractGrafana

BUILT = Path(__file__).parents[1] / "grafana" / "dist"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


@dataclass
class GenuineGrafana(ContractGrafana):
    """`panels` also have a `type`. `decoded` is the output of Grafana's own decoder for each panel's frames.

    A query in `hanging` is never answered.
    """

    decoded: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)

    async def _inside(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path == "/decoded":
            decoded = json.loads(await request.text())
            self.decoded[decoded["panel"]] = decoded["fields"]
            return web.json_response({})
        if path == "/api/ds/query":
            asked = await request.text()
            if any(expr in asked for expr in self.hanging):
                await asyncio.Event().wait()
        if path.startswith("/public/build/"):
            return _file(BUILT / Path(path).name)
        if path.startswith(("/d/", "/d-solo/", "/explore")):
            return _file(BUILT / "index.html")
        return await super()._inside(request)

    def _model(self, panel: dict[str, Any]) -> dict[str, Any]:
        return {"type": panel["type"], **super()._model(panel)}


def _file(path: Path) -> web.Response:
    if not path.is_file():
        raise web.HTTPNotFound
    return web.Response(body=path.read_bytes(), content_type=_TYPES.get(path.suffix, "text/plain"))
