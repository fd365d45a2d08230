"""The way of a person's hands to a browser: a hint that a page is held, and gestures that nobody keeps."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime

import redis.asyncio
from pydantic import ValidationError
from redis.exceptions import RedisError

from missions.browser_control import BrowserControlTaken, BrowserInput
from missions.errors import UnavailableError
from stores.frames import WATCHED

HOLDS, TOUCHES = "hold:", "touch:"
_CALL_S = 1.0
_BEAT_S = 0.5


class RedisBrowserControl:
    """The API's side."""

    def __init__(self, url: str) -> None:
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=_CALL_S, socket_connect_timeout=_CALL_S
        )

    async def hold(self, org: str, mission_id: str, held: BrowserControlTaken) -> None:
        """Has the browser wait while the page is held. Raises UnavailableError."""
        left = max(1, round((held.until - datetime.now(UTC)).total_seconds()))
        with _told():
            await self._redis.set(f"{HOLDS}{org}:{mission_id}", held.target, ex=left)

    async def let_go(self, org: str, mission_id: str) -> None:
        """Has it go on. Raises UnavailableError: it goes on by itself when the time is over."""
        with _told():
            await self._redis.delete(f"{HOLDS}{org}:{mission_id}")

    async def send(self, org: str, mission_id: str, touch: BrowserInput) -> bool:
        """Whether a browser heard it. Raises UnavailableError."""
        with _told():
            heard: int = await self._redis.publish(f"{TOUCHES}{org}:{mission_id}", touch.model_dump_json())
            return heard > 0

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


class RedisControlChannel:
    """The browser worker's side. Whatever is wrong with Redis, nobody holds the page."""

    def __init__(self, url: str) -> None:
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=5, socket_connect_timeout=_CALL_S
        )

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        """Whether a person holds this page now."""
        try:
            async with asyncio.timeout(_CALL_S):
                return await self._redis.get(f"{HOLDS}{org}:{mission_id}") == target.encode()
        except (RedisError, OSError, TimeoutError):
            return False

    async def watched(self, org: str, mission_id: str) -> bool:
        """Whether somebody watches the mission now."""
        try:
            async with asyncio.timeout(_CALL_S):
                return await self._redis.get(f"{WATCHED}{org}:{mission_id}") is not None
        except (RedisError, OSError, TimeoutError):
            return False

    async def touches(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        """Gestures as they come, None each half second without one; it ends where Redis does not answer."""
        with contextlib.suppress(RedisError, OSError):
            async with self._redis.pubsub(ignore_subscribe_messages=True) as ear:
                await ear.subscribe(f"{TOUCHES}{org}:{mission_id}")
                while True:
                    message = await ear.get_message(timeout=_BEAT_S)
                    yield None if message is None else _read(message["data"])

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise UnavailableError("The browser cannot be reached now.") from error


def _read(message: bytes) -> BrowserInput | None:
    try:
        return BrowserInput.model_validate_json(message)
    except ValidationError:
        return None
