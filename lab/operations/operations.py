"""What operators have and do in the lab, for the lab's own code: faults, missions, recordings."""

import asyncio
import contextlib
import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from lab.operations.change import Change, read_changes
from lab.operations.configuration import ConfigurationRepository
from lab.operations.sshd import SshServer
from lab.operations.supervisord import configuration
from lab.operations.tool.launch import HOST_FILE
from lab.operations.tool.layout import FILE, Layout, ServiceLayout
from lab.operations.tool.memory import CGROUPS
from lab.operations.tool.service import Service
from lab.topology import INSTANCES, PORTS, SERVICE_PORT, SERVICES, SLOTS, Component, LabNetwork
from runtime.local.private_files import write_private

ROOT = Path(__file__).resolve().parents[2]
BALANCERS = {
    Component.STOREFRONT: "nginx",
    Component.CATALOG: "haproxy",
    Component.ORDERS: "haproxy",
    Component.PAYMENTS: "haproxy",
}
OPENTELEMETRY_PORT = 9464
INFRASTRUCTURE = (
    Component.POSTGRES,
    Component.VALKEY,
    Component.RABBITMQ,
    Component.NGINX,
    Component.HAPROXY,
)
BY_WEBHOOK = (Component.ORDERS, Component.PAYMENTS)
"""The services that the deployer changes; the others, and the infrastructure, are changed over SSH."""
INITIAL = 2
"""The revision that every service begins with; revision 1 is the one before."""


class OperationError(RuntimeError):
    """A command of `ops` failed; the message is its own."""


class Operations:
    """The operators' side of one lab. `environment` is what every service's process gets, PATH included."""

    def __init__(
        self,
        run: Path,
        network: LabNetwork,
        environment: Mapping[str, str],
        services: tuple[Component, ...] = SERVICES,
        infrastructure: tuple[Component, ...] = INFRASTRUCTURE,
    ) -> None:
        self.run = run
        self.network = network
        self.services = services
        self.infrastructure = infrastructure
        self.layout = Layout(
            run,
            network.number,
            {str(name): _layout(network, name) for name in services},
            tuple(str(name) for name in infrastructure),
            dict(environment),
        )
        self.configuration = ConfigurationRepository(self.layout.config)
        self.ssh = SshServer(
            run / "ssh",
            network.host("ssh"),
            PORTS["ssh"],
            "root",
            run / "bin" / "ops-ssh",
            run / "logs" / "sshd.log",
        )

    def prepare(self, sources: Mapping[Component, Path]) -> None:
        """Writes everything that operators have, in an empty `run`. `sources`: folders by service.

        Each service gets two releases, which differ in a comment of their configuration.
        Raises NoSshdError, ConfigurationError and ReleaseError.
        """
        for folder in ("logs", "bin", "targets", "upstreams", "receipts"):
            (self.run / folder).mkdir(parents=True, exist_ok=True)
        content = asdict(self.layout) | {"run": str(self.run), "services": {}}
        for name, service in self.layout.services.items():
            content["services"][name] = {
                key: value for key, value in asdict(service).items() if key != "name"
            }
        write_private(self.run / FILE, json.dumps(content, indent=1))
        write_private(self.run / "supervisord.conf", configuration(self.layout, ROOT))
        self._write_scripts()
        if not self.secret_file.exists():
            write_private(self.secret_file, secrets.token_urlsafe(32))
        self.ssh.prepare()
        earlier = self.configuration.prepare(
            {str(name): sources[name] / "service.env" for name in self.services}
        )
        for name in self.services:
            Service(self.layout, str(name)).prepare(sources[name], (earlier, self.configuration.head))

    @property
    def secret_file(self) -> Path:
        """The file of the deployer's secret."""
        return self.run / "deployer.secret"

    async def start(self) -> None:
        """Starts the instances of all services, as a boot does."""
        await asyncio.gather(*(self._ops("start", str(name)) for name in self.services))

    async def state(self, name: str) -> dict[str, str]:
        """generation, replicas, revision, previousRevision and version of a service, as text."""
        lines = (await self._ops("state", name)).splitlines()
        return dict(line.split("=", 1) for line in lines)

    async def restart(self, name: str) -> str:
        """Restarts a service or a part of the infrastructure. OperationError."""
        return await self._ops("restart", name)

    async def scale(self, service: str, replicas: int) -> str:
        """Changes the number of instances. OperationError."""
        return await self._ops("scale", service, str(replicas))

    async def rollback(self, service: str, revision: int | None = None) -> str:
        """Makes an earlier release run, by default the one before. OperationError."""
        return await self._ops("rollback", service, *([] if revision is None else [str(revision)]))

    async def deploy(
        self, service: str, app: Path | None = None, config: Mapping[str, str] | None = None
    ) -> str:
        """Makes a release of other code, of other configuration values, or of both, and runs it.

        `app` is a folder as lab/services has them. OperationError, ConfigurationError.
        """
        arguments = [] if app is None else ["--app", str(app)]
        if config is not None:
            message = f"Change {', '.join(config)} of {service}"
            arguments += ["--config", self.configuration.set(service, config, message)]
        return await self._ops("deploy", service, *arguments)

    async def restore(self) -> None:
        """Brings the initial releases and numbers of instances back, where they differ."""
        await asyncio.gather(*(self._restore(str(name)) for name in self.services))

    def set_host_environment(self, service: str, values: Mapping[str, str]) -> None:
        """What the machine, not a release, adds to the service's environment from its next start on."""
        text = "".join(f"{name}={value}\n" for name, value in values.items())
        write_private(self.layout.app(service) / HOST_FILE, text)

    def changes(self, since: float = 0.0) -> list[Change]:
        """The changes from this time (epoch seconds) on, oldest first."""
        return read_changes(self.layout.changes, since)

    def remove_cgroups(self) -> None:
        """Removes the memory cgroups of the lab in which nothing runs any more."""
        for group in CGROUPS.glob(f"lab-{self.network.number}-*"):
            with contextlib.suppress(OSError):  # a process that is about to end is still in it
                group.rmdir()

    async def _restore(self, service: str) -> None:
        state = await self.state(service)
        if state["revision"] != str(INITIAL):
            await self.rollback(service, INITIAL)
        usual = INSTANCES[Component(service)]
        if state["replicas"] != str(usual):
            await self.scale(service, usual)

    async def _ops(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            str(self.run / "bin" / "ops"),
            "--who",
            "lab",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await process.communicate()
        except BaseException:  # it would go on while the lab stops
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            raise OperationError(err.decode(errors="replace").strip())
        return out.decode(errors="replace").strip()

    def _write_scripts(self) -> None:
        over_ssh = [name for name in (*self.services, *self.infrastructure) if name not in BY_WEBHOOK]
        module = f"{sys.executable} -S -m lab.operations.tool {self.run}"
        lines = {
            "ops": f'PYTHONPATH={ROOT} exec {module} "$@"',
            "ops-ssh": f'exec {self.run}/bin/ops --remote "$SSH_ORIGINAL_COMMAND" {" ".join(over_ssh)}',
        }
        for name, line in lines.items():
            script = self.run / "bin" / name
            write_private(script, f"#!/bin/sh\n{line}\n")
            script.chmod(0o700)


def _layout(network: LabNetwork, service: Component) -> ServiceLayout:
    by_port = {Component.MAILER: (None, None), Component.PAYMENTS: (SERVICE_PORT, OPENTELEMETRY_PORT)}
    port, metrics_port = by_port.get(service, (SERVICE_PORT, SERVICE_PORT))
    return ServiceLayout(
        name=str(service),
        addresses=tuple(network.instance(service, number) for number in range(1, SLOTS + 1)),
        usual=INSTANCES[service],
        port=port,
        metrics_port=metrics_port,
        balancer=BALANCERS.get(service, ""),
    )
