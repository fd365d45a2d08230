import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from lab.components.applications import SERVICES_FOLDER
from lab.context import ENV, LabContext
from lab.operations import processes as operators
from lab.operations.operations import INFRASTRUCTURE, Operations
from lab.operations.supervision import Supervised, Supervision
from lab.processes import LabProcesses
from lab.topology import SERVICES, Component
from runtime.local import commands


class OperatedServices:
    """The services of one lab and what operators reach them with: supervisord, SSH and the deployer."""

    def __init__(self, context: LabContext, components: frozenset[Component]) -> None:
        self._context = context
        self.operations = Operations(
            context.run,
            context.network,
            {**ENV, **context.python_env, "HOME": str(context.run)},
            tuple(service for service in SERVICES if service in components),
            tuple(component for component in INFRASTRUCTURE if component in components),
        )

    async def prepare(self) -> None:
        """Writes the releases, the configuration and the operators' files."""
        sources = {service: SERVICES_FOLDER / service for service in self.operations.services}
        await asyncio.to_thread(self.operations.prepare, sources)

    async def start(self, processes: LabProcesses) -> None:
        """Starts supervisord, which runs the services, and the ways to it; returns when all answer."""
        prefix = tuple(self._context.resolving([]))
        supervisord = operators.supervisord(
            self.operations, self._context.software.program("supervisord"), prefix
        )
        others = [operators.sshd(self.operations, prefix), operators.deployer(self.operations, prefix)]
        await processes.start_child(supervisord, partial(operators.supervisord_ready, self.operations))
        for child in others:
            await processes.start_child(child, partial(operators.listens, self.operations, child))
        await self.operations.start()

    async def stop(self) -> None:
        """Stops all instances at the same time: supervisord itself would stop one service after the other."""
        run = self._context.run
        argv = [str(self._context.software.program("supervisorctl")), "-c", str(run / "supervisord.conf")]
        await asyncio.to_thread(commands.run, [*argv, "stop", "all"])

    @contextlib.asynccontextmanager
    async def supervision(self, processes: LabProcesses) -> AsyncIterator[None]:
        """Lets operators restart the infrastructure until the exit."""
        supervised = {
            str(name): Supervised(processes[name].child, processes[name].ready)
            for name in self.operations.infrastructure
        }
        if Component.HAPROXY in supervised:
            balancer = processes[Component.HAPROXY]

            async def ready() -> None:
                await balancer.ready()
                await self.operations.start()  # a new HAProxy knows only the usual number of instances

            supervised[Component.HAPROXY] = Supervised(balancer.child, ready)
        async with Supervision(self.operations.layout.supervision_socket, supervised).listening():
            yield
