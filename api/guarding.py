"""How often somebody may ask, and how often a password may be wrong."""

import ipaddress
from dataclasses import dataclass

from fastapi import Request

from api.wiring import Wiring
from missions.caller import Caller
from missions.errors import TooManyRequestsError
from stores.limits import Allowance
from stores.postgres.accounts.people import canonical
from stores.secrets import digest

WINDOW = "per 15 minutes"
HEALTH = "/api/health/"


def network_of(address: str) -> str:
    """The network that an address belongs to: its /24, or its /64."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    return str(ipaddress.ip_network((number, 24 if number.version == 4 else 64), strict=False))  # noqa: PLR2004  IPv4


def _enforce(allowance: Allowance, told: str) -> None:
    if not allowance.allowed:
        raise TooManyRequestsError(told, retry_after_s=allowance.retry_s)


async def pace(request: Request, wiring: Wiring, *names: str) -> None:
    """Counts one request for these names. Raises TooManyRequestsError."""
    allowance = await wiring.limits.take(f"{wiring.rates.requests} per minute", "requests", *names)
    request.state.allowance = allowance
    _enforce(allowance, "You ask too often.")


async def pace_strangers(request: Request) -> None:
    """Counts what comes without a token by its network; health checks are free."""
    if "Authorization" in request.headers or request.url.path.startswith(HEALTH):
        return
    address = request.client.host if request.client else ""
    await pace(request, request.app.state.wiring, network_of(address))


async def pace_sign_up(wiring: Wiring, caller: Caller) -> None:
    """Accounts that a network makes, and one-time tokens that it tries. Raises TooManyRequestsError."""
    limit = f"{wiring.rates.sign_ups} per hour"
    allowance = await wiring.limits.take(limit, "sign-ups", network_of(caller.address))
    _enforce(allowance, "Too many accounts from your network.")


async def pace_passkey(wiring: Wiring, caller: Caller) -> None:
    """Questions to passkeys that a network asks for: each is kept for ten minutes. TooManyRequestsError."""
    limit = f"{wiring.rates.failures_per_network} {WINDOW}"
    _enforce(await wiring.limits.take(limit, "passkeys", network_of(caller.address)), "You ask too often.")


@dataclass(frozen=True)
class LoginAttempt:
    """One try to prove who somebody is; counted before anything is hashed."""

    wiring: Wiring
    account: str
    network: str

    @classmethod
    async def begin(cls, wiring: Wiring, email: str, caller: Caller) -> "LoginAttempt":
        """Takes one of the account's tries from this network. Raises TooManyRequestsError."""
        account = digest(canonical(email))
        attempt = cls(wiring, account, network_of(caller.address))
        limits, rates = wiring.limits, wiring.rates
        own = await limits.take(f"{rates.failures} {WINDOW}", "login", account, attempt.network)
        _enforce(own, "Too many wrong passwords.")
        for limit, *names in attempt._softer:
            _enforce(await limits.look(limit, *names), "Too many wrong passwords.")
        return attempt

    @property
    def _softer(self) -> tuple[tuple[str, str, str], ...]:
        rates = self.wiring.rates
        return (
            (f"{rates.failures_per_account} {WINDOW}", "login-account", self.account),
            (f"{rates.failures_per_network} {WINDOW}", "login-network", self.network),
        )

    async def failed(self) -> None:
        """Counts against the account everywhere, and against the network for every account."""
        for limit, *names in self._softer:
            await self.wiring.limits.take(limit, *names)

    async def succeeded(self) -> None:
        """Who knew the password has all tries again."""
        limit = f"{self.wiring.rates.failures} {WINDOW}"
        await self.wiring.limits.give_back(limit, "login", self.account, self.network)
