import redis.asyncio
from redis.exceptions import RedisError

from lab.context import LabContext
from lab.topology import PORTS
from runtime.local.binaries import valkey_server
from runtime.local.polling import answers
from runtime.local.processes import Child

MAX_MEMORY = "48mb"
"""The usual limit: the catalog's cache needs a part of it."""


class ValkeyCache:
    """The catalog's cache, without files: keys are evicted at the memory limit."""

    name = "redis"

    def __init__(self, context: LabContext) -> None:
        self._context = context

    def prepare(self) -> None:
        """Needs no files."""

    def child(self) -> Child:
        """The server."""
        options = {
            "port": PORTS["redis"],
            "bind": self._context.network.host("redis"),
            "protected-mode": "no",
            "maxmemory": MAX_MEMORY,
            "maxmemory-policy": "allkeys-lru",
            "maxclients": 200,
            "save": "",
            "slowlog-log-slower-than": 10000,
            "latency-monitor-threshold": 50,
        }
        argv = [argument for name, value in options.items() for argument in (f"--{name}", str(value))]
        return self._context.child(self.name, [valkey_server(), *argv])

    async def ready(self) -> None:
        """Returns when PING works."""
        host = self._context.network.host("redis")
        async with redis.asyncio.Redis(host=host, port=PORTS["redis"], socket_timeout=2) as client:
            await answers(self.name, client.ping, (RedisError, OSError), self._context.log(self.name))
