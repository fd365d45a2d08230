from dataclasses import dataclass

from runtime.process_settings import ApiSettings
from stores.limits import Limits


@dataclass(frozen=True)
class Site:
    """Where people reach this installation: its address, and the origins whose pages may use cookies."""

    public_url: str
    origins: frozenset[str]

    @classmethod
    def of(cls, settings: ApiSettings) -> "Site":
        """As the settings say."""
        return cls(settings.public_url.rstrip("/"), settings.origins)

    @property
    def secure(self) -> bool:
        """Whether people reach it over https."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True)
class Rates:
    """Limits: requests a minute; failed logins in 15 minutes; new accounts an hour."""

    requests: int
    failures: int
    failures_per_account: int
    failures_per_network: int
    sign_ups: int


@dataclass(frozen=True)
class Throttle:
    """The rates, and the counters in Redis."""

    limits: Limits
    rates: Rates

    @classmethod
    def of(cls, settings: ApiSettings, limits: Limits) -> "Throttle":
        """With the rates of the settings."""
        rates = Rates(
            requests=settings.requests_per_minute,
            failures=settings.login_failures,
            failures_per_account=settings.login_failures_per_account,
            failures_per_network=settings.login_failures_per_network,
            sign_ups=settings.sign_ups_per_hour,
        )
        return cls(limits, rates)
