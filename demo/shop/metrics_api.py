from collections.abc import Iterable

from aiohttp import web
from prometheus_client import Metric, generate_latest
from prometheus_client.registry import Collector

from demo.shop.cluster import ShopCluster


class ReplicaMetrics(Collector):
    """The last metrics of every replica as one exposition, each sample with its service and replica."""

    def __init__(self, cluster: ShopCluster) -> None:
        self._cluster = cluster

    def collect(self) -> Iterable[Metric]:
        """Each family once, with the samples of all replicas."""
        families: dict[str, Metric] = {}
        for name, service in self._cluster.services.items():
            for replica, replica_families in service.metrics.items():
                labels = {"service": name, "replica": replica}
                for family in replica_families:
                    merged = families.setdefault(
                        family.name, Metric(family.name, family.documentation, family.type)
                    )
                    for sample in family.samples:
                        merged.add_sample(sample.name, labels | sample.labels, sample.value)
        return families.values()


class MetricsApi:
    """One scrape target for all replicas.

    A Prometheus that discovered them one by one would miss a new one for ten seconds after each action.
    """

    def __init__(self, cluster: ShopCluster) -> None:
        self._metrics = ReplicaMetrics(cluster)

    def register(self, app: web.Application) -> None:
        """Adds its route."""
        app.router.add_get("/metrics", self._expose)

    async def _expose(self, _: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4"}
        return web.Response(body=generate_latest(self._metrics), headers=headers)
