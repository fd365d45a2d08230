"""How many requests a client may send, and how many logins may fail."""

import ipaddress
from dataclasses import dataclass

from fastapi import Request
from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from api.dependencies.container import ApiDependencies
from api.dependencies.site import Throttle
from missions.caller import Caller
from missions.errors import TooManyRequestsError
from missions.person import Person
from stores.limits import Allowance
from stores.postgres.accounts.people import canonical
from stores.secrets import digest

WINDOW = "per 15 minutes"
ROUTES = "/api/"
HEALTH = "/api/health/"


class Authenticates:
    """A dependency that authenticates a request, and counts it: by the person, or else by its client."""


def network_of(address: str) -> str:
    """The network of an address: its /24, or its /64 for IPv6."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    return str(ipaddress.ip_network((number, 24 if number.version == 4 else 64), strict=False))  # noqa: PLR2004  IPv4


def client_of(connection: HTTPConnection) -> str:
    """What an unauthenticated request is counted by: its network, or the person whose browser sends it."""
    device = ApiDependencies.of_app(connection.app).devices.read(connection)
    if device is not None:
        return str(device.person)
    return network_of(connection.client.host if connection.client else "")


def _enforce(allowance: Allowance, reason: str) -> None:
    if not allowance.allowed:
        raise TooManyRequestsError(reason, retry_after_s=allowance.retry_s)


async def count(throttle: Throttle, name: str) -> Allowance:
    """Counts one request of a person or a client."""
    return await throttle.limits.take(f"{throttle.rates.requests} per minute", "requests", name)


async def count_request(request: Request, name: str) -> None:
    """Counts this request by a person or a client, and no second time. Raises TooManyRequestsError."""
    request.state.is_counted = True
    request.state.allowance = await count(ApiDependencies.of_app(request.app).throttle, name)
    _enforce(request.state.allowance, "Too many requests.")


async def count_stranger(request: Request) -> None:
    """Counts a request whose route authenticates nobody. Raises TooManyRequestsError.

    What the request says about itself, such as an Authorization header, changes nothing.
    """
    if request.url.path.startswith(HEALTH) or _authenticates(request.scope["route"].dependant):
        return
    await count_request(request, client_of(request))


def is_uncounted(request: Request) -> bool:
    """Whether nothing has counted this request of ours: no route was reached, or its body is malformed."""
    path = request.url.path
    is_ours = path.startswith(ROUTES) and not path.startswith(HEALTH)
    return is_ours and not getattr(request.state, "is_counted", False)


def _authenticates(dependant: Dependant) -> bool:
    call: object = dependant.call
    return isinstance(call, Authenticates) or any(map(_authenticates, dependant.dependencies))


async def count_sign_up(throttle: Throttle, caller: Caller) -> None:
    """Counts new accounts and tried one-time tokens by client. Raises TooManyRequestsError."""
    limit = f"{throttle.rates.sign_ups} per hour"
    allowance = await throttle.limits.take(limit, "sign-ups", _client_of(caller))
    _enforce(allowance, "Too many accounts from your network.")


async def count_passkey_challenge(throttle: Throttle, caller: Caller) -> None:
    """Counts passkey challenges, which are stored, by client. Raises TooManyRequestsError."""
    limit = f"{throttle.rates.failures_per_network} {WINDOW}"
    allowance = await throttle.limits.take(limit, "passkeys", _client_of(caller))
    _enforce(allowance, "Too many requests.")


def _client_of(caller: Caller) -> str:
    return network_of(caller.address) if caller.device is None else str(caller.device.person)


@dataclass(frozen=True)
class LoginAttempt:
    """One try to prove an identity. It is counted before anything is hashed.

    `place` is where it comes from: a network, a browser in which the account has signed in before, or the
    session of a signed-in person. Each place has its own tries for an account. What strangers fail to prove
    in a network, or about an account, closes the first only.
    """

    throttle: Throttle
    account: str
    network: str
    place: str

    @classmethod
    async def begin(cls, throttle: Throttle, email: str, caller: Caller) -> "LoginAttempt":
        """Takes one of the account's tries from this place. Raises TooManyRequestsError."""
        account, device = digest(canonical(email)), caller.device
        trusted = device.id if device is not None and device.account == account else None
        return await cls._begin(throttle, account, caller, trusted)

    @classmethod
    async def begin_passkey(cls, throttle: Throttle, credential: str, caller: Caller) -> "LoginAttempt":
        """Takes one of a passkey's tries. Every known browser has its own: no passkey can be guessed."""
        trusted = None if caller.device is None else caller.device.id
        return await cls._begin(throttle, digest(f"passkey {credential}"), caller, trusted)

    @classmethod
    async def begin_again(cls, throttle: Throttle, person: Person, caller: Caller) -> "LoginAttempt":
        """Takes one of the tries of a signed-in person to prove who they are."""
        session = person.session or person.id
        return await cls._begin(throttle, digest(canonical(person.email)), caller, str(session))

    @classmethod
    async def _begin(
        cls, throttle: Throttle, account: str, caller: Caller, trusted: str | None
    ) -> "LoginAttempt":
        network = network_of(caller.address)
        attempt = cls(throttle, account, network, trusted or network)
        limits, rates = throttle.limits, throttle.rates
        own = await limits.take(f"{rates.failures} {WINDOW}", "login", account, attempt.place)
        _enforce(own, "Too many wrong passwords.")
        if trusted is None:
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
        """Gives the account all its tries from this place back."""
        limit = f"{self.throttle.rates.failures} {WINDOW}"
        await self.throttle.limits.give_back(limit, "login", self.account, self.place)
