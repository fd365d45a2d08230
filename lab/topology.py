"""The lab's components, their addresses and names. Data only: everything else in the lab starts from here.

A lab has a network of its own in 127.0.0.0/8, so each component has its own address with its usual port, and
several labs run beside each other. Names end in `.lab.internal`; the lab's own DNS server answers them.
"""

from dataclasses import dataclass
from enum import StrEnum

DOMAIN = "lab.internal"
SERVICE_PORT = 8000
"""The port of each instance of a service, for requests and, where it is HTTP, for /metrics."""
SLOTS = 4
"""The most instances of a service that the internal load balancer has places for."""


class Component(StrEnum):
    """What can be at fault. The value is the Prometheus job of its metrics, where it has any."""

    NGINX = "nginx"
    STOREFRONT = "storefront"
    CATALOG = "catalog"
    ORDERS = "orders"
    PAYMENTS = "payments"
    MAILER = "mailer"
    BANK = "bank"
    POSTGRES = "postgres"
    VALKEY = "redis"
    RABBITMQ = "rabbitmq"
    HAPROXY = "haproxy"
    DNS = "dns"
    HOST = "node"
    MONITORING = "prometheus"


SERVICES = (
    Component.STOREFRONT,
    Component.CATALOG,
    Component.ORDERS,
    Component.PAYMENTS,
    Component.MAILER,
)
"""Run by supervisord, released as symlink switches, configured by files under git."""
INSTANCES = {
    Component.STOREFRONT: 2,
    Component.CATALOG: 2,
    Component.ORDERS: 2,
    Component.PAYMENTS: 1,
    Component.MAILER: 1,
}
"""The usual number of instances of each service."""
CALLS = (
    (Component.NGINX, Component.STOREFRONT),
    (Component.STOREFRONT, Component.CATALOG),
    (Component.STOREFRONT, Component.ORDERS),
    (Component.CATALOG, Component.POSTGRES),
    (Component.CATALOG, Component.VALKEY),
    (Component.ORDERS, Component.CATALOG),
    (Component.ORDERS, Component.POSTGRES),
    (Component.ORDERS, Component.PAYMENTS),
    (Component.ORDERS, Component.RABBITMQ),
    (Component.PAYMENTS, Component.BANK),
    (Component.MAILER, Component.RABBITMQ),
    (Component.MAILER, Component.POSTGRES),
)
"""Caller and callee of each call. Missions get no graph."""


@dataclass(frozen=True)
class Link:
    """A connection through the TCP fault proxy: `name` is what the caller's configuration names."""

    name: str
    caller: Component
    callee: Component
    host: int
    port: int


LINKS = (
    Link("storefront-catalog", Component.STOREFRONT, Component.CATALOG, 1, 80),
    Link("storefront-orders", Component.STOREFRONT, Component.ORDERS, 2, 80),
    Link("catalog-postgres", Component.CATALOG, Component.POSTGRES, 3, 5432),
    Link("catalog-redis", Component.CATALOG, Component.VALKEY, 4, 6379),
    Link("orders-catalog", Component.ORDERS, Component.CATALOG, 5, 80),
    Link("orders-postgres", Component.ORDERS, Component.POSTGRES, 6, 5432),
    Link("orders-payments", Component.ORDERS, Component.PAYMENTS, 7, 443),
    Link("orders-rabbitmq", Component.ORDERS, Component.RABBITMQ, 8, 5672),
    Link("payments-bank", Component.PAYMENTS, Component.BANK, 9, 80),
    Link("mailer-rabbitmq", Component.MAILER, Component.RABBITMQ, 10, 5672),
    Link("mailer-postgres", Component.MAILER, Component.POSTGRES, 11, 5432),
)
"""Each listens at 127.N.60.<host>:<port> as `<name>.lab.internal`, and forwards to the callee."""

_HOSTS = {
    "edge": "0.10",
    "dns": "0.53",
    "postgres": "20.1",
    "redis": "21.1",
    "rabbitmq": "22.1",
    "bank": "9.1",
    "catalog": "12.1",
    "orders": "13.1",
    "payments": "14.1",
    "haproxy": "15.1",
    "node": "30.1",
    "process": "30.2",
    "nginx": "30.3",
    "postgres-exporter": "30.4",
    "redis-exporter": "30.5",
    "blackbox": "30.6",
    "celery": "30.7",
    "prometheus": "40.1",
    "alertmanager": "40.2",
    "victoriametrics": "40.3",
    "ssh": "50.1",
    "deployer": "50.2",
    "faults": "60.254",
}
_INSTANCE_NETWORKS = {
    Component.STOREFRONT: 1,
    Component.CATALOG: 2,
    Component.ORDERS: 3,
    Component.PAYMENTS: 4,
    Component.MAILER: 5,
}
PORTS = {
    "edge": 8080,
    "dns": 53,
    "postgres": 5432,
    "redis": 6379,
    "rabbitmq": 5672,
    "rabbitmq-metrics": 15692,
    "bank": 80,
    "catalog": 80,
    "orders": 80,
    "payments": 443,
    "haproxy": 8404,
    "node": 9100,
    "process": 9256,
    "nginx": 9113,
    "postgres-exporter": 9187,
    "redis-exporter": 9121,
    "blackbox": 9115,
    "celery": 9808,
    "prometheus": 9090,
    "alertmanager": 9093,
    "victoriametrics": 8428,
    "ssh": 22,
    "deployer": 8088,
    "faults": 8474,
}
"""The port of each host's main protocol."""


@dataclass(frozen=True)
class LabNetwork:
    """The addresses of one lab: 127.`number`.0.0/16."""

    number: int = 77

    def host(self, name: str) -> str:
        """The IP address of a host, for example `postgres`. KeyError for an unknown one."""
        return f"127.{self.number}.{_HOSTS[name]}"

    def address(self, name: str) -> str:
        """A host and the port of its main protocol, for example 127.77.20.1:5432."""
        return f"{self.host(name)}:{PORTS[name]}"

    def instance(self, service: Component, number: int) -> str:
        """The IP address of an instance, counted from 1, as supervisord names it: `catalog-1`."""
        return f"127.{self.number}.{_INSTANCE_NETWORKS[service]}.{number}"

    def link(self, link: Link) -> str:
        """The IP address at which the fault proxy listens for this link."""
        return f"127.{self.number}.60.{link.host}"

    def names(self) -> dict[str, str]:
        """Every name that the lab's DNS server answers, without the domain, and its IP address."""
        instances = {
            f"{service}-{number}": self.instance(service, number)
            for service in SERVICES
            for number in range(1, SLOTS + 1)
        }
        return (
            {name: self.host(name) for name in _HOSTS}
            | instances
            | {link.name: self.link(link) for link in LINKS}
        )
