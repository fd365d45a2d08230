"""Remote control through Redis: a hint that a page is controlled, and inputs that are never stored."""

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

CONTROLLED, INPUTS = "hold:", "touch:"
_CALL_S = 1.0
_POLL_S = 0.5


class RedisBrowserControl:
    """The API's side: sets the hint and sends inputs."""

    def __init__(self, url: str) -> None:
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=_CALL_S, socket_connect_timeout=_CALL_S
        )

    async def hold(self, org: str, mission_id: str, control: BrowserControlTaken) -> None:
        """Lets the browser worker wait while the page is controlled. Raises UnavailableError."""
        left = max(1, round((control.until - datetime.now(UTC)).total_seconds()))
        with _as_unavailable():
            await self._redis.set(f"{CONTROLLED}{org}:{mission_id}", control.target, ex=left)

    async def let_go(self, org: str, mission_id: str) -> None:
        """Lets the browser worker continue. Without it the hint expires. Raises UnavailableError."""
        with _as_unavailable():
            await self._redis.delete(f"{CONTROLLED}{org}:{mission_id}")

    async def send(self, org: str, mission_id: str, browser_input: BrowserInput) -> bool:
        """Whether a browser received the input. Raises UnavailableError."""
        with _as_unavailable():
            receivers: int = await self._redis.publish(
                f"{INPUTS}{org}:{mission_id}", browser_input.model_dump_json()
            )
            return receivers > 0

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


class RedisControlChannel:
    """The browser worker's side. Without Redis no page is controlled."""

    def __init__(self, url: str) -> None:
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=5, socket_connect_timeout=_CALL_S
        )

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        """Whether a person controls this page now."""
        try:
            async with asyncio.timeout(_CALL_S):
                return await self._redis.get(f"{CONTROLLED}{org}:{mission_id}") == target.encode()
        except (RedisError, OSError, TimeoutError):
            return False

    async def watched(self, org: str, mission_id: str) -> bool:
        """Whether the mission is being watched now."""
        try:
            async with asyncio.timeout(_CALL_S):
                return await self._redis.get(f"{WATCHED}{org}:{mission_id}") is not None
        except (RedisError, OSError, TimeoutError):
            return False

    async def inputs(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        """Yields inputs, None after half a second without one; ends when Redis does not answer."""
        with contextlib.suppress(RedisError, OSError):
            async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(f"{INPUTS}{org}:{mission_id}")
                while True:
                    message = await subscription.get_message(timeout=_POLL_S)
                    yield None if message is None else _read(message["data"])

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise UnavailableError("The browser cannot be reached right now.") from error


def _read(message: bytes) -> BrowserInput | None:
    try:
        return BrowserInput.model_validate_json(message)
    except ValidationError:
        return None
