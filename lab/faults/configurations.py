"""Configuration values that were changed by mistake, each deployed as a release."""

from dataclasses import dataclass
from typing import ClassVar

from lab.faults.fault import Fault
from lab.faults.logs import Since, message
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.faults.variant import SERVICES
from lab.operations.tool.launch import read_env
from lab.platform import Lab
from lab.topology import DOMAIN, Component
from missions.plan import ActionKind

SEEN = 3


@dataclass(frozen=True)
class BadValue:
    """A value of one service's configuration, and what the log of `witness` then has."""

    service: Component
    name: str
    value: str
    journey: Journey
    witness: Component
    log: str


CATALOG, ORDERS, PAYMENTS = Component.CATALOG, Component.ORDERS, Component.PAYMENTS
STOREFRONT, MAILER = Component.STOREFRONT, Component.MAILER
WRONG = (
    BadValue(
        CATALOG,
        "DATABASE_URL",
        f"postgresql://catalog:old-password@catalog-postgres.{DOMAIN}:5432/tickets",
        Journey.EVERYTHING,
        Component.POSTGRES,
        'password authentication failed for user "catalog"',
    ),
    BadValue(ORDERS, "BASKET_KEY", "a-key-of-last-year", Journey.BUY, ORDERS, "wrong signature"),
    BadValue(
        ORDERS,
        "CATALOG_URL",
        f"http://orders-catalog.{DOMAIN}:8080",
        Journey.BUY,
        ORDERS,
        "upstream failed: .*port=8080",
    ),
    BadValue(
        PAYMENTS,
        "BANK_URL",
        f"http://payments-bank.{DOMAIN}:8080",
        Journey.BUY,
        PAYMENTS,
        "payment failed: no connection",
    ),
    BadValue(
        STOREFRONT,
        "ORDERS_URL",
        f"http://storefront-orders.{DOMAIN}:8000",
        Journey.BUY,
        STOREFRONT,
        '"type":"UpstreamError","message":"orders',
    ),
    BadValue(
        MAILER,
        "DATABASE_URL",
        f"postgresql://mailer:old-password@mailer-postgres.{DOMAIN}:5432/tickets",
        Journey.MAIL,
        Component.POSTGRES,
        'password authentication failed for user "mailer"',
    ),
)
TOO_SHORT = (
    BadValue(PAYMENTS, "BANK_TIMEOUT_SECONDS", "0.02", Journey.BUY, PAYMENTS, "did not answer in time"),
    BadValue(PAYMENTS, "BANK_TIMEOUT_SECONDS", "0.015", Journey.BUY, PAYMENTS, "did not answer in time"),
    BadValue(ORDERS, "PAYMENTS_TIMEOUT_SECONDS", "0.02", Journey.BUY, ORDERS, "Read timed out"),
    BadValue(ORDERS, "PAYMENTS_TIMEOUT_SECONDS", "0.03", Journey.BUY, ORDERS, "Read timed out"),
    BadValue(STOREFRONT, "ORDERS_TIMEOUT_MS", "40", Journey.BUY, STOREFRONT, "orders: .*timeout"),
)
"""A payment takes about 50 ms, a half of it at the bank."""


class WrongConfiguration(Fault):
    """A wrong value deployed: a rollback cures it."""

    kind = "wrong-configuration"
    family = Family.RELEASE
    incident_types: tuple[IncidentType, ...] = (IncidentType.CONFIG_CHANGE, IncidentType.BAD_DEPLOYMENT)
    values: ClassVar[tuple[BadValue, ...]] = WRONG

    def draw(self) -> None:
        """Draws the value."""
        self.value = self.random.choice(self.values)
        self.component = self.value.service
        self.detail = f"{self.component} {self.value.name}"
        self.accepted = names_of(self.component)
        self.helps = (LabAction(ActionKind.ROLLBACK, self.component),)
        self.does_not_help = (LabAction(ActionKind.RESTART, self.component),)
        self.prompts = FAILING[self.value.journey]

    async def _inject(self, lab: Lab) -> None:
        await lab.operations.deploy(self.component, config={self.value.name: self.value.value})

    async def _lift(self, lab: Lab) -> None:
        await lab.operations.restore()
        usual = {self.value.name: usual_value(self.component, self.value.name)}
        lab.operations.configuration.set(
            self.component, usual, f"Restore {self.value.name} of {self.component}"
        )

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The error that follows, several times in a log."""
        lines = list(since.lines(self.value.witness, self.value.log))
        if len(lines) < SEEN:
            return None
        return f"{self.value.witness}'s log, {len(lines)} times: {message(lines[-1])}"


class ShortTimeout(WrongConfiguration):
    """A caller's timeout that is shorter than its callee usually takes."""

    kind = "upstream-timeout"
    values = TOO_SHORT
    incident_types = (
        IncidentType.CONFIG_CHANGE,
        IncidentType.BAD_DEPLOYMENT,
        IncidentType.DEPENDENCY_FAILURE,
    )


def usual_value(service: Component, name: str) -> str:
    """A value of the service's configuration as it is shipped. KeyError where it has none of this name."""
    return read_env(SERVICES / service / "service.env")[name]
