"""More customers than usual, who want nothing wrong."""

from lab.faults.fault import Fault
from lab.faults.logs import Since
from lab.faults.measures import REQUESTS, WINDOW_S, latency, value
from lab.faults.names import names_of
from lab.faults.prompts import SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import Component
from missions.plan import ActionKind

MORE, SLOWER = 1.5, 1.3
"""A busy machine answers hardly more requests than usual: customers wait instead."""


class Surge(Fault):
    """A sale begins: many more customers come, with the same mistakes and wishes as before."""

    kind = "surge"
    family = Family.LOAD
    incident_types = (IncidentType.TRAFFIC_SURGE, IncidentType.RESOURCE_EXHAUSTION)
    confirm_s = 120.0
    usual = (0.0, 0.0)

    def draw(self) -> None:
        """Draws by which factor there are more."""
        self.component = Component.STOREFRONT
        self.accepted = names_of(Component.NGINX, Component.STOREFRONT, Component.CATALOG, Component.HOST)
        self.factor = self.random.choice((8, 10, 12))
        self.detail = f"{self.factor} times as many customers"
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.STOREFRONT),)
        self.note = "more instances have no more cores: on this machine only fewer customers help"
        self.prompts = SLOW[Journey.EVERYTHING]

    async def _inject(self, lab: Lab) -> None:
        self.usual = (await _rate(lab), await latency(lab, Component.STOREFRONT) or 0.0)
        lab.load.set(surge=self.factor)

    async def _lift(self, lab: Lab) -> None:
        lab.load.clear()

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The storefront's own requests and latency."""
        if since.age < WINDOW_S:
            return None
        rate, seconds = await _rate(lab), await latency(lab, Component.STOREFRONT) or 0.0
        if rate < MORE * self.usual[0] or seconds < SLOWER * self.usual[1]:
            return None
        text = f"{rate:.0f} requests in a second instead of {self.usual[0]:.0f}"
        return f"{text}; pages take {seconds:.3f} s instead of {self.usual[1]:.3f} s"


async def _rate(lab: Lab) -> float:
    """The storefront's requests in each second."""
    name = REQUESTS[Component.STOREFRONT][0]
    return await value(lab, f'sum(rate({name}_count{{job="storefront"}}[{WINDOW_S}s]))') or 0.0
