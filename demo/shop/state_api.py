import time
from typing import Final

from aiohttp import web

from demo.shop.cluster import ShopCluster
from demo.shop.problems import problem
from demo.shop.topology import SERVICES, SHOP

SHOWN: Final = ("service", "replicas", "revision", "version", "startedAt")


class StateApi:
    """The services, their dependencies, and the annotations."""

    def __init__(self, cluster: ShopCluster) -> None:
        self._cluster = cluster

    def register(self, app: web.Application) -> None:
        """Adds its routes."""
        app.router.add_get("/api/topology", self._topology)
        app.router.add_get("/api/services", self._services)
        app.router.add_get("/api/annotations", self._annotations)

    async def _topology(self, _: web.Request) -> web.Response:
        dependencies = [{"from": design.name, "to": design.calls} for design in SHOP if design.calls]
        return web.json_response({"services": list(SERVICES), "dependencies": dependencies})

    async def _services(self, _: web.Request) -> web.Response:
        states = [service.state() for service in self._cluster.services.values()]
        return web.json_response([{name: state[name] for name in SHOWN} for state in states])

    async def _annotations(self, request: web.Request) -> web.Response:
        try:
            start = float(request.query.get("from", 0))
            end = float(request.query.get("to", time.time() * 1000))
        except ValueError as error:
            raise problem(400, "from and to are milliseconds since 1970.") from error
        annotations = self._cluster.annotations.between(start, end, request.query.getall("tags", []))
        return web.json_response([annotation.to_json() for annotation in annotations])
