from collections.abc import Iterator

from aiohttp import web

from demo.shop.cluster import ShopCluster
from demo.shop.exposition import Sample, parse, render
from demo.shop.instruments import KINDS


class MetricsApi:
    """What all replicas say of themselves, for a Prometheus: one target, each sample with its replica.

    Discovered one by one they would be unknown for ten seconds after each action.
    """

    def __init__(self, cluster: ShopCluster) -> None:
        self._cluster = cluster

    def register(self, app: web.Application) -> None:
        """Adds its route."""
        app.router.add_get("/metrics", self._expose)

    async def _expose(self, _: web.Request) -> web.Response:
        text = render(self._samples(), KINDS)
        return web.Response(body=text.encode(), headers={"Content-Type": "text/plain; version=0.0.4"})

    def _samples(self) -> Iterator[Sample]:
        for name, service in self._cluster.services.items():
            for replica, text in service.expositions.items():
                for sample in parse(text):
                    labels = {"service": name, "replica": replica, **sample.labels}
                    yield Sample(sample.name, labels, sample.value)
