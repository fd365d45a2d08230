"""How many requests a client may send, and how many logins may fail."""

import ipaddress
from dataclasses import dataclass

from fastapi import Request

from api.dependencies.container import ApiDependencies
from api.dependencies.site import Throttle
from missions.caller import Caller
from missions.errors import TooManyRequestsError
from stores.limits import Allowance
from stores.postgres.accounts.people import canonical
from stores.secrets import digest

WINDOW = "per 15 minutes"
HEALTH = "/api/health/"


def network_of(address: str) -> str:
    """The network of an address: its /24, or its /64 for IPv6."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    return str(ipaddress.ip_network((number, 24 if number.version == 4 else 64), strict=False))  # noqa: PLR2004  IPv4


def _enforce(allowance: Allowance, reason: str) -> None:
    if not allowance.allowed:
        raise TooManyRequestsError(reason, retry_after_s=allowance.retry_s)


async def count_request(request: Request, throttle: Throttle, *names: str) -> None:
    """Counts one request for each name. Raises TooManyRequestsError."""
    allowance = await throttle.limits.take(f"{throttle.rates.requests} per minute", "requests", *names)
    request.state.allowance = allowance
    _enforce(allowance, "Too many requests.")


async def count_anonymous_request(request: Request) -> None:
    """Counts a request without a token by its network; health checks are not counted."""
    if "Authorization" in request.headers or request.url.path.startswith(HEALTH):
        return
    address = request.client.host if request.client else ""
    await count_request(request, ApiDependencies.of_app(request.app).throttle, network_of(address))


async def count_sign_up(throttle: Throttle, caller: Caller) -> None:
    """Counts new accounts and tried one-time tokens by network. Raises TooManyRequestsError."""
    limit = f"{throttle.rates.sign_ups} per hour"
    allowance = await throttle.limits.take(limit, "sign-ups", network_of(caller.address))
    _enforce(allowance, "Too many accounts from your network.")


async def count_passkey_challenge(throttle: Throttle, caller: Caller) -> None:
    """Counts passkey challenges, which are stored, by network. Raises TooManyRequestsError."""
    limit = f"{throttle.rates.failures_per_network} {WINDOW}"
    allowance = await throttle.limits.take(limit, "passkeys", network_of(caller.address))
    _enforce(allowance, "Too many requests.")


@dataclass(frozen=True)
class LoginAttempt:
    """One try to prove an identity. It is counted before anything is hashed."""

    throttle: Throttle
    account: str
    network: str

    @classmethod
    async def begin(cls, throttle: Throttle, email: str, caller: Caller) -> "LoginAttempt":
        """Takes one of the account's tries from this network. Raises TooManyRequestsError."""
        account = digest(canonical(email))
        attempt = cls(throttle, account, network_of(caller.address))
        limits, rates = throttle.limits, throttle.rates
        own = await limits.take(f"{rates.failures} {WINDOW}", "login", account, attempt.network)
        _enforce(own, "Too many wrong passwords.")
        for limit, *names in attempt._failure_limits:
            _enforce(await limits.look(limit, *names), "Too many wrong passwords.")
        return attempt

    @property
    def _failure_limits(self) -> tuple[tuple[str, str, str], ...]:
        rates = self.throttle.rates
        return (
            (f"{rates.failures_per_account} {WINDOW}", "login-account", self.account),
            (f"{rates.failures_per_network} {WINDOW}", "login-network", self.network),
        )

    async def failed(self) -> None:
        """Counts a failure for the account from every network, and for the network with every account."""
        for limit, *names in self._failure_limits:
            await self.throttle.limits.take(limit, *names)

    async def succeeded(self) -> None:
        """Gives the account all its tries from this network back."""
        limit = f"{self.throttle.rates.failures} {WINDOW}"
        await self.throttle.limits.give_back(limit, "login", self.account, self.network)
