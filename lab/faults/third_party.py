"""The bank: slow, rate limiting, failing."""

from lab.components.switches import BankMode
from lab.faults.fault import Fault
from lab.faults.logs import Since, message
from lab.faults.measures import WINDOW_S, latency
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import Component
from missions.plan import ActionKind

SEEN = 3


class BankFault(Fault):
    """A third party misbehaves. Nothing that the shop's operators can do helps."""

    family = Family.THIRD_PARTY
    incident_types = (IncidentType.DEPENDENCY_FAILURE,)
    delay_s = 0.0
    share = 1.0
    log = ""
    mode = BankMode.NORMAL

    def draw(self) -> None:
        """The component is the bank."""
        self.component = Component.BANK
        self.accepted = names_of(self.component)
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.PAYMENTS),)
        self.prompts = FAILING[Journey.BUY]

    async def _inject(self, lab: Lab) -> None:
        await lab.bank.set(self.mode, delay_seconds=self.delay_s, share=self.share)

    async def _lift(self, lab: Lab) -> None:
        await lab.bank.clear()

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The log of payments has the bank's answers."""
        lines = list(since.lines(Component.PAYMENTS, self.log))
        if len(lines) < SEEN:
            return None
        return f"payments' log, {len(lines)} times: {message(lines[-1])}"


class SlowBank(BankFault):
    """The bank answers late, in part after the timeout of payments."""

    kind = "third-party-slow"
    mode = BankMode.SLOW
    log = "did not answer in time"
    normal: float | None = None

    def draw(self) -> None:
        """Draws the delay."""
        super().draw()
        self.delay_s = self.random.choice((0.8, 1.5, 2.5))
        self.detail = f"{self.delay_s:g} s later"
        self.prompts = SLOW[Journey.BUY]

    async def _inject(self, lab: Lab) -> None:
        self.normal = await latency(lab, Component.PAYMENTS)
        await super()._inject(lab)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The latency of payments, by its own histogram."""
        seconds = await latency(lab, Component.PAYMENTS)
        if since.age < WINDOW_S or seconds is None or self.normal is None or seconds < 3 * self.normal:
            return None
        return f"payments answers after {seconds:.2f} s instead of {self.normal:.2f} s"


class LimitingBank(BankFault):
    """The bank refuses charges because there are too many."""

    kind = "third-party-rate-limit"
    mode = BankMode.RATE_LIMIT
    log = "the bank answered 429"

    def draw(self) -> None:
        """Draws the part of the charges."""
        super().draw()
        self.share = self.random.choice((0.7, 0.9, 1.0))
        self.detail = f"{self.share:.0%} of charges"
