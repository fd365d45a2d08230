"""Which processes a lab of some components has, and in which order they start."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.components.applications import bank, flower, locust
from lab.components.dns import DnsServer
from lab.components.exporters import exporters
from lab.components.haproxy import BALANCED, InternalBalancer
from lab.components.links import FaultProxyPart
from lab.components.monitoring import AlertmanagerPart, PrometheusPart, VictoriaMetricsPart
from lab.components.nginx import EdgeServer
from lab.components.postgres import PostgresServer
from lab.components.postgres_template import PostgresTemplate
from lab.components.rabbitmq import ErlangPortMapper, RabbitBroker
from lab.components.valkey import ValkeyCache
from lab.context import LabContext
from lab.part import Part
from lab.programs import VICTORIA_METRICS
from lab.topology import CALLS, SERVICES, Component

EVERY = frozenset(Component)


def needed(components: Iterable[Component]) -> frozenset[Component]:
    """The components and those without which they do not work, except for services that services call."""
    wanted = frozenset(components)
    called = {callee for caller, callee in CALLS if caller in wanted and callee not in SERVICES}
    balanced = {Component.HAPROXY} if wanted & BALANCED.keys() else set()
    return wanted | called | balanced | {Component.DNS}


@dataclass(frozen=True)
class LabParts:
    """The processes of a lab beside those of operators. Each tuple starts together, in this order."""

    first: tuple[Part, ...]
    """What servers need before they start."""
    servers: tuple[Part, ...]
    """What services use."""
    exporters: tuple[Part, ...]
    monitoring: tuple[Part, ...]
    """Once everything runs, so that its history begins with a healthy system."""
    customers: tuple[Part, ...]


def parts_of(
    context: LabContext, components: frozenset[Component], template: PostgresTemplate, load_plan: Path
) -> LabParts:
    """The processes for exactly these components; see `needed`."""
    servers: dict[Component, Part] = {
        Component.DNS: DnsServer(context),
        Component.POSTGRES: PostgresServer(context, template),
        Component.VALKEY: ValkeyCache(context),
        Component.RABBITMQ: RabbitBroker(context),
        Component.HAPROXY: InternalBalancer(context, components),
        Component.NGINX: EdgeServer(context),
        Component.BANK: bank(context),
    }
    celery: tuple[Part, ...] = (flower(context),) if Component.MAILER in components else ()
    monitored = Component.MONITORING in components
    monitoring: tuple[Part, ...] = (AlertmanagerPart(context), PrometheusPart(context, components))
    if (
        components == EVERY and VICTORIA_METRICS.path
    ):  # a second product beside Prometheus, which no component needs
        monitoring = (*monitoring, VictoriaMetricsPart(context, components))
    links: tuple[Part, ...] = (FaultProxyPart(context),) if components & frozenset(SERVICES) else ()
    first: tuple[Part, ...] = (ErlangPortMapper(context),) if Component.RABBITMQ in components else ()
    return LabParts(
        first,
        tuple(part for component, part in servers.items() if component in components) + links,
        (*exporters(context, components).values(), *celery) if monitored else (),
        monitoring if monitored else (),
        (locust(context, load_plan),) if {Component.NGINX, Component.STOREFRONT} <= components else (),
    )
