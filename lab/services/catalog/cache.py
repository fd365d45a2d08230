"""The catalog's cache in Valkey, and its holds on seats."""

import json
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

log = logging.getLogger("catalog.cache")
TTL = int(os.environ["CACHE_SECONDS"])


def new_client() -> Redis:
    """A client with at most 10 connections."""
    timeout = float(os.environ["CACHE_TIMEOUT_SECONDS"])
    pool = BlockingConnectionPool.from_url(
        os.environ["CACHE_URL"],
        max_connections=10,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        health_check_interval=15,
    )
    return Redis(connection_pool=pool)


class Cache:
    """Remembers answers for `CACHE_SECONDS`. Without Valkey everything is asked of the database."""

    def __init__(self, client: Redis) -> None:
        self.client = client

    async def through(self, key: str, read: Callable[[], Awaitable[Any]]) -> Any:
        """The value under the key, or what `read` returns, which is remembered if it is not None."""
        try:
            text = await self.client.get(key)
        except RedisError as error:
            log.warning("cache get %s failed: %s", key, error)
            return await read()
        if text is not None:
            return json.loads(text)
        value = await read()
        if value is not None:
            try:
                await self.client.set(key, json.dumps(value), ex=TTL)
            except RedisError as error:
                log.warning("cache set %s failed: %s", key, error)
        return value

    async def reserve(self, seat_id: int, order_id: str, seconds: int) -> bool:
        """Whether no other order has reserved the seat for `seconds`. RedisError where Valkey refuses."""
        key = f"hold:{seat_id}"
        if await self.client.set(key, order_id, nx=True, ex=seconds):
            return True
        return await self.client.get(key) == order_id.encode()

    async def forget(self, seat_id: int) -> None:
        """Ends a reservation early."""
        await self.client.delete(f"hold:{seat_id}")
