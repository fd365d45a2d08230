"""Messages that processes publish on Socket.IO's channel, as another process reads them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis


class SocketChannel:
    """Reads the messages of the channel in order."""

    def __init__(self, messages: AsyncIterator[dict[str, Any]]) -> None:
        self._messages = messages

    async def contents(self, event: str, count: int) -> list[dict[str, Any]]:
        """The content of the next `count` different messages of this event. TimeoutError after 60 s."""
        contents: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            while len(contents) < count:
                emission = json.loads((await anext(self._messages))["data"])
                if emission["event"] == event and emission["data"][0] not in contents:
                    contents.append(emission["data"][0])
        return contents


@asynccontextmanager
async def socket_channel(redis_url: str) -> AsyncIterator[SocketChannel]:
    """A channel that is subscribed from now on."""
    async with Redis.from_url(redis_url) as redis, redis.pubsub() as subscription:
        await subscription.subscribe("socketio")
        messages = subscription.listen()
        await anext(messages)  # confirms the subscription
        yield SocketChannel(messages)
