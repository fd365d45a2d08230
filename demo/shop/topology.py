from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ServiceDesign:
    """One service of the shop: its route, the service that it calls, and its own work in seconds.

    `provider` is an external service that it calls, outside the reach of any action.
    """

    name: str
    route: str
    calls: str | None
    first_version: str
    work_seconds: float
    crash_text: str
    provider: str | None = None


WEB: Final = ServiceDesign(
    name="web",
    route="/orders",
    calls="checkout",
    first_version="v2.8.0",
    work_seconds=0.006,
    crash_text="AttributeError: 'NoneType' object has no attribute 'delivery_slot' (web/orders.py:57)",
)
CHECKOUT: Final = ServiceDesign(
    name="checkout",
    route="/checkouts",
    calls="payments",
    first_version="v3.1.4",
    work_seconds=0.008,
    crash_text="TypeError: unsupported operand type(s) for -: 'Decimal' and 'float' (checkout/pricing.py:74)",
)
PAYMENTS: Final = ServiceDesign(
    name="payments",
    route="/charges",
    calls=None,
    first_version="v1.4.1",
    work_seconds=0.005,
    crash_text="KeyError: 'settlement_currency' (payments/ledger.py:118)",
    provider="card network",
)

SHOP: Final = (WEB, CHECKOUT, PAYMENTS)
SERVICES: Final = tuple(design.name for design in SHOP)


def design_of(service: str) -> ServiceDesign:
    """The design of a service by its name; KeyError when the shop has no such service."""
    for design in SHOP:
        if design.name == service:
            return design
    raise KeyError(service)
