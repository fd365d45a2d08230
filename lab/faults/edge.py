"""The way to the services: nginx's connections, and the certificate of the inner hop."""

import asyncio
import contextlib
import os
import re
import signal
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from lab.components.nginx import EdgeServer
from lab.faults.background import Background
from lab.faults.fault import Fault
from lab.faults.logs import Since, message
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.operations.tool.supervisord import Supervisord
from lab.platform import Lab
from lab.topology import Component
from missions.plan import ActionKind

CERTIFICATE_NAMES = ("payments", "orders-payments")


class FullProxy(Fault):
    """nginx has not enough worker connections: its limit is too low, or idle clients hold them."""

    kind = "worker-connections"
    family = Family.EDGE
    incident_types = (IncidentType.RESOURCE_EXHAUSTION, IncidentType.CONFIG_CHANGE)
    clients: ClassVar[int] = 560
    """More than nginx has connections for."""

    def draw(self) -> None:
        """Draws the reason."""
        self.component = Component.NGINX
        self.accepted = names_of(self.component)
        self.limit = self.random.choice((None, 8, 12))
        self.detail = "idle clients" if self.limit is None else f"worker_connections {self.limit}"
        self.does_not_help = (
            LabAction(ActionKind.RESTART, Component.NGINX),
            LabAction(ActionKind.RESTART, Component.STOREFRONT),
        )
        self.prompts = FAILING[Journey.EVERYTHING]
        self.idle: Background | None = None

    async def _inject(self, lab: Lab) -> None:
        if self.limit is None:
            self.idle = Background(self._hold(lab))
        else:
            text = EdgeServer(lab.context).configuration()
            _reload(lab, re.sub(r"worker_connections \d+;", f"worker_connections {self.limit};", text))

    async def _lift(self, lab: Lab) -> None:
        if self.idle is not None:
            await self.idle.stop()
        elif self.limit is not None:
            _reload(lab, EdgeServer(lab.context).configuration())

    async def _hold(self, lab: Lab) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self.clients):
                group.create_task(
                    _idle_client(lab.network.host("edge"), int(lab.edge_url.rpartition(":")[2]))
                )

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """Its own error log."""
        lines = list(since.lines("nginx", r"\[alert\].*worker_connections are not enough"))
        return f"nginx's log, {len(lines)} times: {message(lines[-1], 120)}" if lines else None


class ExpiredCertificate(Fault):
    """The certificate of payments expires; orders does not accept it any more."""

    kind = "expired-certificate"
    family = Family.EDGE
    incident_types = (IncidentType.CERTIFICATE, IncidentType.DEPENDENCY_FAILURE)

    def draw(self) -> None:
        """Draws for how long it is over."""
        self.component = Component.PAYMENTS
        self.hours = self.random.choice((1, 9, 30))
        self.detail = f"the certificate of payments is over since {self.hours} h"
        self.accepted = names_of(Component.PAYMENTS)
        self.does_not_help = (
            LabAction(ActionKind.RESTART, Component.ORDERS),
            LabAction(ActionKind.RESTART, Component.PAYMENTS),
        )
        self.prompts = FAILING[Journey.BUY]

    async def _inject(self, lab: Lab) -> None:
        over = datetime.now(UTC) - timedelta(hours=self.hours)
        await self._install(lab, over)

    async def _lift(self, lab: Lab) -> None:
        await self._install(lab, None)

    async def _install(self, lab: Lab, expires: datetime | None) -> None:
        lab.authority.issue("payments", CERTIFICATE_NAMES, expires=expires)
        supervisord = Supervisord(lab.operations.layout.supervisord_socket)
        for number in range(1, int((await lab.operations.state(Component.PAYMENTS))["replicas"]) + 1):
            await asyncio.to_thread(supervisord.stop, f"payments-{number}")
            await asyncio.to_thread(supervisord.start, f"payments-{number}")

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """What the log of orders says about the certificate."""
        lines = list(since.lines(Component.ORDERS, "certificate has expired"))
        return f"orders' log, {len(lines)} times: {lines[-1].strip()[-120:]}" if lines else None


def _reload(lab: Lab, configuration: str) -> None:
    (lab.context.home("nginx") / "nginx.conf").write_text(configuration)
    os.kill(int(lab.context.nginx_pid.read_text()), signal.SIGHUP)


async def _idle_client(host: str, port: int) -> None:
    """Connects, sends the beginning of a request, waits until the server closes, and starts again."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\n")
                await reader.read()
            finally:
                writer.close()
        await asyncio.sleep(0.2)
