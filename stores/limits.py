import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
ANSWER_S = 2
"""Nobody waits longer for a counter."""
APART_S = 5.0
"""How long this process counts alone after Redis did not answer."""


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit: `reset_s` until all of it is free again, `retry_s` until one is."""

    allowed: bool
    limit: int
    remaining: int
    retry_s: int


class Limits:
    """Counters that all processes share in Redis; while it is away, each process counts for itself.

    A limit is written as the `limits` library reads it: "5 per 15 minutes". Its windows move. This process's
    own count comes first: what it refuses is not asked of Redis, and it holds whether Redis answers or not.
    """

    def __init__(self, redis_url: str) -> None:
        self._shared = RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            key_prefix="limits",
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
        )
        self._own = MemoryStorage()
        self._apart_until = 0.0

    async def take(self, limit: str, *names: str) -> Allowance:
        """Takes one, where one is left."""
        item = parse(limit)

        async def take(storage: Storage) -> Allowance:
            limiter = MovingWindowRateLimiter(storage)
            return await _standing(limiter, item, names, allowed=await limiter.hit(item, *names))

        return await self._ask(take)

    async def look(self, limit: str, *names: str) -> Allowance:
        """Whether one is left; takes none."""
        item = parse(limit)

        async def look(storage: Storage) -> Allowance:
            limiter = MovingWindowRateLimiter(storage)
            return await _standing(limiter, item, names, allowed=await limiter.test(item, *names))

        return await self._ask(look)

    async def give_back(self, limit: str, *names: str) -> None:
        """All of it is free again, here and where it is shared."""
        item = parse(limit)

        async def clear(storage: Storage) -> Allowance:
            await MovingWindowRateLimiter(storage).clear(item, *names)
            return Allowance(allowed=True, limit=item.amount, remaining=item.amount, retry_s=0)

        await self._ask(clear)

    async def _ask(self, question: Callable[[Storage], Awaitable[Allowance]]) -> Allowance:
        own = await question(self._own)
        if not own.allowed or time.monotonic() < self._apart_until:
            return own
        try:
            async with asyncio.timeout(ANSWER_S):
                return await question(self._shared)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("limits are counted by this process alone", reason=type(error).__name__)
            self._apart_until = time.monotonic() + APART_S
            return own

    async def close(self) -> None:
        """Gives the connections back."""
        bridge: Any = self._shared.bridge  # the library has no way to close
        await bridge.get_connection().aclose()


async def _standing(
    limiter: MovingWindowRateLimiter, item: RateLimitItem, names: tuple[str, ...], *, allowed: bool
) -> Allowance:
    stats = await limiter.get_window_stats(item, *names)
    wait = max(1, round(stats.reset_time - time.time() + 0.5))
    return Allowance(allowed, item.amount, stats.remaining if allowed else 0, wait)
