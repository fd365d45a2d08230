import asyncio
import dataclasses
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp

from demo.shop.clock import iso
from demo.shop.faults import Defect
from demo.shop.replica_process import Metrics, ReplicaProcess
from demo.shop.replica_spec import InjectedConditions, ReplicaSpec
from demo.shop.service_window import Reading, ServiceWindow
from demo.shop.topology import ServiceDesign

FIRST_REPLICAS: Final = 2


class RefusedChangeError(Exception):
    """The change does not fit the service's current state."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One revision of a service; `previous` is the revision that it replaced."""

    revision: int
    version: str
    previous: int | None = None
    defect: Defect | None = None


class RunningService:
    """The replicas of one service and the changes that can be made to them, one at a time."""

    def __init__(
        self,
        design: ServiceDesign,
        callee_url: str | None,
        provider_url: str | None,
        client: aiohttp.ClientSession,
        store_line: Callable[[str], None],
    ) -> None:
        self.design = design
        self.window = ServiceWindow()
        self.changing = asyncio.Lock()
        self._callee_url = callee_url
        self._provider_url = provider_url
        self._injected = InjectedConditions()
        self._client = client
        self._store_line = store_line
        # Bound and never listening: it keeps the port while replicas come and go.
        self._reservation = socket.socket()
        self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._reservation.bind(("127.0.0.1", 0))
        self.port: int = self._reservation.getsockname()[1]
        self._revisions = {1: Deployment(1, design.first_version)}
        self._current = self._revisions[1]
        self._replicas: list[ReplicaProcess] = []
        self._metrics: dict[str, Metrics] = {}
        self._started = 0
        self._started_at = time.time()
        self._generation = 1

    @property
    def url(self) -> str:
        """The address that its callers post to."""
        return f"http://127.0.0.1:{self.port}{self.design.route}"

    @property
    def metrics(self) -> dict[str, Metrics]:
        """The metrics of each running replica at its last scrape, by its name."""
        names = (replica.name for replica in self.replicas)
        return {name: self._metrics[name] for name in names if name in self._metrics}

    @property
    def replicas(self) -> tuple[ReplicaProcess, ...]:
        """The running replicas, oldest first."""
        return tuple(self._replicas)

    def state(self) -> dict[str, object]:
        """The service's state in the action API."""
        return {
            "service": self.design.name,
            "replicas": len(self._replicas),
            "revision": self._current.revision,
            "version": self._current.version,
            "startedAt": iso(self._started_at),
            "previousRevision": self._current.previous,
            "generation": self._generation,
        }

    async def start(self) -> None:
        """Starts the first replicas at the same time."""
        self._replicas.extend(await asyncio.gather(*(self._new_replica() for _ in range(FIRST_REPLICAS))))

    async def stop(self) -> None:
        """Ends all replicas without draining them."""
        await asyncio.gather(*(replica.stop(grace_seconds=0.5) for replica in self._replicas))
        self._replicas.clear()
        self._reservation.close()

    def next_deployment(self, defect: Defect | None) -> Deployment:
        """The deployment of a new build: the next revision and patch version."""
        revision = max(self._revisions) + 1
        major_minor, patch = self.design.first_version.rsplit(".", 1)
        version = f"{major_minor}.{int(patch) + revision - 1}"
        return Deployment(revision, version, self._current.revision, defect)

    def revision(self, number: int) -> Deployment:
        """The deployment of a rollback. RefusedChangeError when it is unknown, or runs already."""
        name = self.design.name
        if number not in self._revisions:
            raise RefusedChangeError(f"{name} has no revision {number}.")
        if number == self._current.revision:
            raise RefusedChangeError(f"{name} already runs revision {number}.")
        return self._revisions[number]

    async def replace(self, deployment: Deployment | None = None) -> None:
        """Replaces all replicas, with another deployment or the same one. The caller holds `changing`."""
        if deployment is not None:
            self._revisions[deployment.revision] = deployment
            self._current = deployment
        self._generation += 1
        self._started_at = time.time()
        for old in self.replicas:
            self._replicas.append(await self._new_replica())
            await self._retire(old)

    async def hold_connections(self, seconds: float) -> None:
        """All replicas, and new ones, return connections this late. The caller holds `changing`."""
        self._injected = dataclasses.replace(self._injected, hold_seconds=seconds)
        for replica in self.replicas:
            await replica.send({"holdSeconds": seconds})

    async def fail_requests(self, share: float) -> None:
        """This share of requests fails in all replicas, and in new ones. The caller holds `changing`."""
        self._injected = dataclasses.replace(self._injected, failing_share=share)
        for replica in self.replicas:
            await replica.send({"failingShare": share})

    async def add_noise(self, most_bytes: int) -> None:
        """The memory of all replicas, and of new ones, goes up and down. The caller holds `changing`."""
        self._injected = dataclasses.replace(self._injected, noise_bytes=most_bytes)
        for replica in self.replicas:
            await replica.send({"noiseBytes": most_bytes})

    async def scale(self, replicas: int) -> None:
        """Adds replicas, or removes the newest. The caller holds `changing`."""
        self._generation += 1
        missing = max(0, replicas - len(self._replicas))
        self._replicas.extend(await asyncio.gather(*(self._new_replica() for _ in range(missing))))
        for surplus in self.replicas[replicas:]:
            await self._retire(surplus)

    async def scrape(self, timeout_seconds: float) -> list[str]:
        """Scrapes all replicas; returns the names of those that answered."""
        replicas = self.replicas
        scraped = await asyncio.gather(*(replica.metrics(timeout_seconds) for replica in replicas))
        answered = []
        for replica, metrics in zip(replicas, scraped, strict=True):
            # The last metrics of a replica that was retired meanwhile are counted already.
            if metrics is not None and replica in self._replicas:
                self.window.absorb(replica.name, Reading.of_families(metrics))
                self._metrics[replica.name] = metrics
                answered.append(replica.name)
        return answered

    async def _retire(self, replica: ReplicaProcess) -> None:
        metrics = await replica.drain()
        self._replicas.remove(replica)
        if metrics is not None:
            self.window.absorb(replica.name, Reading.of_families(metrics))
        self.window.forget(replica.name)
        self._metrics.pop(replica.name, None)

    async def _new_replica(self) -> ReplicaProcess:
        self._started += 1
        spec = ReplicaSpec(
            service=self.design.name,
            replica=f"{self.design.name}-{self._started}",
            version=self._current.version,
            port=self.port,
            callee_url=self._callee_url,
            provider_url=self._provider_url,
            injected=self._injected,
            parent_pid=os.getpid(),
            defect=self._current.defect,
        )
        return await ReplicaProcess.start(spec, self._client, self._store_line)
