"""The people who are connected to this process by sockets, and what they may use together."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from api.transports import Transport
from missions.errors import TooManyRequestsError

Result = TypeVar("Result")


class Allotment:
    """How many events are allowed now: `rate` a second, and as many at once after a pause."""

    def __init__(self) -> None:
        self._left = math.inf
        self._at = 0.0

    def take(self, rate: float, now: float) -> bool:
        """Takes one, if there is one left. `now` is a monotonic time in seconds."""
        left = min(rate, self._left + max(0.0, now - self._at) * rate)
        self._at = now
        self._left = left - 1 if left >= 1 else left
        return left >= 1

    def is_full(self, now: float) -> bool:
        """Whether a second has passed since the last event, so that nothing is used up."""
        return now - self._at >= 1


@dataclass
class ConnectedPerson:
    """One person's sockets in every organization, and what these share."""

    transports: set[Transport] = field(default_factory=set)
    events: Allotment = field(default_factory=Allotment)
    waiting: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def in_turn(self, handler: Callable[[], Awaitable[Result]], *, at_most: int) -> Result:
        """Runs one event after the other, so that a person uses one database connection at a time.

        Raises TooManyRequestsError when `at_most` events wait already, as they do while the database is slow.
        """
        if self.waiting >= at_most:
            raise TooManyRequestsError("Too many events.")
        self.waiting += 1
        try:
            async with self._turn:
                return await handler()
        finally:
            self.waiting -= 1


class ConnectedPeople:
    """Each connected person by id. Another organization or another session is no other person."""

    def __init__(self) -> None:
        self._people: dict[UUID, ConnectedPerson] = {}

    def __getitem__(self, person: UUID) -> ConnectedPerson:
        """The person's entry; it stays for as long as they have sockets, or have just used some."""
        return self._people.setdefault(person, ConnectedPerson())

    def transports(self) -> Iterator[Transport]:
        """The connections on which a person is signed in."""
        for person in list(self._people.values()):
            yield from list(person.transports)

    def leave(self, transport: Transport) -> None:
        """Takes a connection from its person, if it has one."""
        if transport.claims is not None:
            self[transport.claims.person].transports.discard(transport)

    def forget_idle(self, now: float) -> None:
        """Drops people without sockets, who could otherwise start again by reconnecting."""
        idle = [
            key
            for key, person in self._people.items()
            if not person.transports and not person.waiting and person.events.is_full(now)
        ]
        for key in idle:
            del self._people[key]
