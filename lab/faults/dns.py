"""Names that are not answered."""

import contextlib
import os
import signal
from pathlib import Path
from typing import ClassVar

from lab.components.dns import resolve
from lab.faults.fault import Fault
from lab.faults.links import JOURNEYS
from lab.faults.logs import Since, message
from lab.faults.names import names_of
from lab.faults.prompts import FAILING
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import DOMAIN, LINKS, Component
from missions.plan import ActionKind

UNRESOLVED = r"[Rr]esol|getaddrinfo|ENOTFOUND|EAI_AGAIN|[Tt]imeout|timed out|bank \(Connect"
"""What callers log about a name without an address, in time or at all."""


class DnsFailure(Fault):
    """A name is lost, or the DNS server hangs."""

    kind = "dns-failure"
    family = Family.EDGE
    incident_types = (IncidentType.DNS, IncidentType.DEPENDENCY_FAILURE)
    confirm_s = 120.0
    places: ClassVar[tuple[str, ...]] = (
        "storefront-catalog",
        "storefront-orders",
        "orders-catalog",
        "orders-payments",
        "payments-bank",
        "mailer-postgres",
    )

    def draw(self) -> None:
        """Draws the name, and whether only this name fails."""
        self.component = Component.DNS
        self.accepted = (*names_of(Component.DNS),)
        self.name = self.random.choice(self.places)
        self.caller = next(link.caller for link in LINKS if link.name == self.name)
        self.also = frozenset({self.caller})
        self.hangs = self.random.random() < 0.4  # noqa: PLR2004  the rarer one
        self.detail = "the server hangs" if self.hangs else f"{self.name} has no address"
        self.does_not_help = (LabAction(ActionKind.RESTART, self.caller),)
        self.prompts = FAILING[JOURNEYS[self.name]]

    async def _inject(self, lab: Lab) -> None:
        if self.hangs:
            _signal_server(lab, signal.SIGSTOP)
        else:
            hosts = _hosts(lab)
            lines = hosts.read_text().splitlines()
            kept = [line for line in lines if not line.endswith(f" {self.name}.{DOMAIN}")]
            hosts.write_text("\n".join(kept) + "\n")
            _signal_server(lab, signal.SIGHUP)
        await lab.links.reset(self.name)  # open connections need no name

    async def _lift(self, lab: Lab) -> None:
        _hosts(lab).write_text(
            "\n".join(f"{address} {name}.{DOMAIN}" for name, address in lab.network.names().items()) + "\n"
        )
        _signal_server(lab, signal.SIGCONT, signal.SIGHUP)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """What the server answers, and what its caller logs."""
        try:
            await resolve(lab.network.host("dns"), f"{self.name}.{DOMAIN}", timeout_s=2)
        except TimeoutError:
            answer = "no answer within 2 s"
        except (OSError, ValueError) as error:
            answer = str(error)
        else:
            return None
        lines = list(since.lines(self.caller, UNRESOLVED))
        return f"dns: {answer}; {self.caller}'s log: {message(lines[-1], 140)}" if lines else None


def _hosts(lab: Lab) -> Path:
    return lab.context.home("dns") / "hosts"


def _signal_server(lab: Lab, *numbers: signal.Signals) -> None:
    """Sends signals to dnsmasq, if it runs."""
    process = lab.child("dns").pid
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            for number in numbers:
                os.kill(process, number)
