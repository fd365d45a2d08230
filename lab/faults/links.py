"""Connections between two components: slow, reset, half open, cut."""

from abc import abstractmethod
from typing import ClassVar

from lab.faults.fault import Fault
from lab.faults.logs import Since, message
from lab.faults.measures import REQUESTS, WINDOW_S, latency
from lab.faults.names import names_of_link
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.proxy_toxics import LinkMode, LinkToxics, Toxics
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import LINKS, SERVICES, Component
from missions.plan import ActionKind

SEEN = 2
ERRORS = {
    Component.STOREFRONT: '"type":"UpstreamError"',
    Component.CATALOG: "PoolTimeout|OperationalError|ConnectionError|TimeoutError|cache (get|set) .* failed",
    Component.ORDERS: "upstream failed|PoolTimeout|OperationalError|ConnectionError|WORKER TIMEOUT",
    Component.PAYMENTS: "no connection to the bank|did not answer in time",
    Component.MAILER: "OperationalError|Connection(Error|Timeout)|Cannot connect|broker lost|timed out",
}
"""What a service logs where what it calls fails."""
JOURNEYS = {
    "storefront-catalog": Journey.EVERYTHING,
    "storefront-orders": Journey.BUY,
    "catalog-postgres": Journey.EVERYTHING,
    "catalog-redis": Journey.EVERYTHING,
    "orders-catalog": Journey.BUY,
    "orders-postgres": Journey.BUY,
    "orders-payments": Journey.BUY,
    "orders-rabbitmq": Journey.BUY,
    "payments-bank": Journey.BUY,
    "mailer-rabbitmq": Journey.MAIL,
    "mailer-postgres": Journey.MAIL,
}


FAILS = {"catalog-redis": Journey.BUY}
"""What fails, where it is less than what is slow: catalog shows its pages without the cache."""


class LinkFault(Fault):
    """A fault of one link. No action helps: what is broken is between the services."""

    family = Family.LINK
    incident_types: tuple[IncidentType, ...] = (IncidentType.NETWORK, IncidentType.DEPENDENCY_FAILURE)
    places: ClassVar[tuple[str, ...]] = tuple(link.name for link in LINKS)
    size = ""
    toxics = LinkToxics()

    def draw(self) -> None:
        """Draws the link."""
        self.name = self.random.choice(self.places)
        link = next(link for link in LINKS if link.name == self.name)
        self.caller, self.component = link.caller, link.callee
        self.also = frozenset({self.caller})
        self.toxics = self.draw_toxics()
        self.detail = f"{self.name} {self.size}".strip()
        self.accepted = names_of_link(self.name)
        restarted = self.caller if self.caller in SERVICES else self.component
        self.does_not_help = (LabAction(ActionKind.RESTART, restarted),)
        self.prompts = (*FAILING[FAILS.get(self.name, JOURNEYS[self.name])], *SLOW[JOURNEYS[self.name]])

    @abstractmethod
    def draw_toxics(self) -> LinkToxics:
        """Draws the size, and returns what the proxy does to the link."""

    async def _inject(self, lab: Lab) -> None:
        await lab.links.set(self.name, self.toxics)

    async def _lift(self, lab: Lab) -> None:
        await lab.links.clear(self.name)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The caller's own log has errors of its calls."""
        lines = list(since.lines(self.caller, ERRORS[self.caller]))
        if len(lines) < SEEN:
            return None
        return f"{self.caller}'s log, {len(lines)} times: {message(lines[-1])}"


class LinkLatency(LinkFault):
    """Every answer takes longer."""

    kind = "link-latency"
    incident_types = (IncidentType.NETWORK, IncidentType.LATENCY_DEGRADATION, IncidentType.DEPENDENCY_FAILURE)
    places = tuple(
        link.name for link in LINKS if link.caller in REQUESTS and link.callee is not Component.RABBITMQ
    )
    normal: float | None = None

    def draw_toxics(self) -> LinkToxics:
        """Less for databases, which are asked several times for one request."""
        data = self.component in {Component.POSTGRES, Component.VALKEY}
        delay = self.random.choice((80, 150, 250) if data else (400, 800, 1500))
        self.size, self.strength = f"{delay} ms with jitter", delay
        return LinkToxics(downstream=Toxics(latency_ms=delay, jitter_ms=delay / 4))

    def draw(self) -> None:
        """It is slow, and nothing fails at first."""
        super().draw()
        self.prompts = SLOW[JOURNEYS[self.name]]

    async def _inject(self, lab: Lab) -> None:
        self.normal = await latency(lab, self.caller)
        await super()._inject(lab)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The caller's own latency, in the mean of all its answers: twice as much as before."""
        if since.age < WINDOW_S:
            return None
        seconds = await latency(lab, self.caller)
        if seconds is None or self.normal is None or seconds < max(2 * self.normal, self.normal + 0.02):
            return None
        return f"{self.caller} answers after {seconds:.3f} s instead of {self.normal:.3f} s"


class LinkResets(LinkFault):
    """Connections are reset after some bytes."""

    kind = "link-resets"

    def draw_toxics(self) -> LinkToxics:
        """Draws after how many bytes. A broker that is only published to sends too few to count."""
        after = self.random.choice((0,) if self.component is Component.RABBITMQ else (0, 500, 2000))
        self.size, self.strength = f"after {after} bytes", -after
        return LinkToxics(downstream=Toxics(reset_after_bytes=after))


class LinkHalfOpen(LinkFault):
    """Connections are accepted and stay silent."""

    kind = "link-half-open"

    def draw_toxics(self) -> LinkToxics:
        """Has no size."""
        return LinkToxics(mode=LinkMode.HALF_OPEN)


class LinkCut(LinkFault):
    """Connections are refused, and the open ones are reset."""

    kind = "link-cut"

    def draw_toxics(self) -> LinkToxics:
        """Has no size."""
        return LinkToxics(mode=LinkMode.CUT)
