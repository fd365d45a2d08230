from collections.abc import Iterable

import httpx

from lab.context import LabContext
from lab.part import get
from lab.programs import HAPROXY
from lab.topology import INSTANCES, PORTS, SERVICE_PORT, SLOTS, Component
from runtime.local.polling import answers
from runtime.local.processes import Child

BALANCED = {Component.CATALOG: "http", Component.ORDERS: "http", Component.PAYMENTS: "tcp"}
"""The services behind HAProxy and the mode of their proxies; payments' TLS passes through."""

_GLOBAL = """\
global
    log stdout format raw daemon info
    stats socket {socket} mode 600 level admin
    maxconn 2000
    nbthread 1
    hard-stop-after 3s

defaults
    log global
    option dontlognull
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    timeout queue 5s
    retries 2
    default-server inter 1s fastinter 500ms downinter 1s fall 3 rise 2 maxconn 100

frontend metrics
    bind {host}:{port}
    mode http
    no log
    http-request use-service prometheus-exporter if {{ path /metrics }}
"""


class InternalBalancer:
    """HAProxy before catalog, orders and payments, with a place for four instances of each."""

    name = "haproxy"

    def __init__(self, context: LabContext, services: Iterable[Component] = BALANCED) -> None:
        self._context = context
        self._services = frozenset(services)

    def configuration(self) -> str:
        """The content of haproxy.cfg. Places without a usual instance are in maintenance."""
        network = self._context.network
        text = _GLOBAL.format(
            socket=self._context.haproxy_socket, host=network.host(self.name), port=PORTS[self.name]
        )
        return text + "".join(self._proxies(service, mode) for service, mode in BALANCED.items())

    def _proxies(self, service: Component, mode: str) -> str:
        network = self._context.network
        log, check = (
            ("httplog", "option httpchk GET /healthz") if mode == "http" else ("tcplog", "option tcp-check")
        )
        usual = INSTANCES[service] if service in self._services else 0
        servers = "".join(
            f"    server {service}-{number} {network.instance(service, number)}:{SERVICE_PORT} check"
            f"{' disabled' if number > usual else ''}\n"
            for number in range(1, SLOTS + 1)
        )
        return (
            f"\nfrontend {service}-in\n    bind {network.address(service)}\n    mode {mode}\n"
            f"    option {log}\n    default_backend {service}\n"
            f"\nbackend {service}\n    mode {mode}\n    balance leastconn\n    {check}\n{servers}"
        )

    def prepare(self) -> None:
        """Writes the configuration."""
        (self._context.home(self.name) / "haproxy.cfg").write_text(self.configuration())

    def child(self) -> Child:
        """The balancer, in the foreground."""
        config = self._context.home(self.name) / "haproxy.cfg"
        return self._context.child(self.name, [str(HAPROXY.path), "-db", "-f", config])

    async def ready(self) -> None:
        """Returns when it shows metrics."""
        url = f"http://{self._context.network.address(self.name)}/metrics"
        await answers(self.name, lambda: get(url), (httpx.HTTPError,), self._context.log(self.name))
