"""What else a component is called: a diagnosis may name any of these."""

from lab.topology import LINKS, Component

NAMES: dict[Component, tuple[str, ...]] = {
    Component.NGINX: ("nginx", "edge", "proxy", "load balancer"),
    Component.STOREFRONT: ("storefront", "storefront-1", "storefront-2"),
    Component.CATALOG: ("catalog", "catalog-1", "catalog-2"),
    Component.ORDERS: ("orders", "orders-1", "orders-2"),
    Component.PAYMENTS: ("payments", "payments-1"),
    Component.MAILER: ("mailer", "mailer-1", "celery"),
    Component.BANK: ("bank", "payments-bank", "payments", "provider", "third party"),
    Component.POSTGRES: ("postgres", "postgresql", "database"),
    Component.VALKEY: ("redis", "valkey", "cache"),
    Component.RABBITMQ: ("rabbitmq", "broker", "queue"),
    Component.HAPROXY: ("haproxy", "load balancer"),
    Component.DNS: ("dns", "dnsmasq", "resolver"),
    Component.HOST: ("node", "host", "machine"),
    Component.MONITORING: ("prometheus", "monitoring", "exporter"),
}
"""The bank has no metrics of its own: only its caller shows it, so that name is right for it, too."""


def names_of(*components: Component) -> tuple[str, ...]:
    """Every accepted name of these components."""
    return tuple(dict.fromkeys(name for component in components for name in NAMES[component]))


def names_of_link(name: str) -> tuple[str, ...]:
    """The accepted names of a link: its own and those of both ends, which metrics cannot tell apart."""
    link = next(link for link in LINKS if link.name == name)
    return (name, *names_of(link.callee, link.caller))
