"""Egress rules as on a developer's machine: loopback and one private network are open to browsers."""

from typing import Any

from adapters.browser.egress_proxy import EgressProxyFactory
from adapters.browser.egress_rules import LOOPBACK, EgressRules
from adapters.browser.own_servers import OwnServers


def local_rules(*own: str) -> EgressRules:
    """Rules with these servers as the product's own."""
    return EgressRules(OwnServers(own), (*LOOPBACK, "10.0.0.0/8"))


def local_proxies(*arguments: Any, **options: Any) -> EgressProxyFactory:
    """Proxies by these rules; the arguments are those of the factory behind its rules."""
    return EgressProxyFactory(local_rules(), *arguments, **options)
