from adapters.browser.egress_rules import LOOPBACK, EgressRules
from adapters.browser.own_servers import OwnServers


def local_rules() -> EgressRules:
    """Browsers reach the benchmarks' pages: on this machine, and in one private network."""
    return EgressRules(OwnServers(()), (*LOOPBACK, "10.0.0.0/8"))
