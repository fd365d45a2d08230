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
REDIS_TIMEOUT_S = 2
ALONE_S = 5.0
"""How long this process counts alone after Redis did not answer."""


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit; `retry_s` is the time in seconds until the next request is allowed."""

    allowed: bool
    limit: int
    remaining: int
    retry_s: int


class Limits:
    """Rate limits that all processes share in Redis; without Redis each process counts alone.

    A limit has the syntax of the `limits` library: "5 per 15 minutes", as a moving window. The process's own
    count is checked first, so a request that it refuses never reaches Redis.
    """

    def __init__(self, redis_url: str) -> None:
        self._shared = RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            key_prefix="limits",
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
        )
        self._own = MemoryStorage()
        self._alone_until = 0.0

    async def take(self, limit: str, *names: str) -> Allowance:
        """Counts one request, if it is allowed."""
        item = parse(limit)

        async def take(storage: Storage) -> Allowance:
            limiter = MovingWindowRateLimiter(storage)
            return await _allowance(limiter, item, names, allowed=await limiter.hit(item, *names))

        return await self._apply(take)

    async def look(self, limit: str, *names: str) -> Allowance:
        """Whether a request would be allowed; counts none."""
        item = parse(limit)

        async def look(storage: Storage) -> Allowance:
            limiter = MovingWindowRateLimiter(storage)
            return await _allowance(limiter, item, names, allowed=await limiter.test(item, *names))

        return await self._apply(look)

    async def give_back(self, limit: str, *names: str) -> None:
        """Resets the limit, in this process and in Redis."""
        item = parse(limit)

        async def clear(storage: Storage) -> Allowance:
            await MovingWindowRateLimiter(storage).clear(item, *names)
            return Allowance(allowed=True, limit=item.amount, remaining=item.amount, retry_s=0)

        await self._apply(clear)

    async def _apply(self, operation: Callable[[Storage], Awaitable[Allowance]]) -> Allowance:
        own = await operation(self._own)
        if not own.allowed or time.monotonic() < self._alone_until:
            return own
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_S):
                return await operation(self._shared)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("rate limits are counted by this process alone", reason=type(error).__name__)
            self._alone_until = time.monotonic() + ALONE_S
            return own

    async def close(self) -> None:
        """Closes the connections."""
        bridge: Any = self._shared.bridge  # private: the library has no method to close it
        await bridge.get_connection().aclose()


async def _allowance(
    limiter: MovingWindowRateLimiter, item: RateLimitItem, names: tuple[str, ...], *, allowed: bool
) -> Allowance:
    stats = await limiter.get_window_stats(item, *names)
    wait = max(1, round(stats.reset_time - time.time() + 0.5))
    return Allowance(allowed, item.amount, stats.remaining if allowed else 0, wait)
