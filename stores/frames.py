"""The live view's own Redis channels: publishing on Socket.IO's channel would command its rooms."""

import asyncio
from collections.abc import AsyncGenerator

import redis.asyncio
import structlog
from pydantic import ValidationError
from redis.exceptions import RedisError

from missions.errors import UnavailableError
from missions.frame import FRAME_BYTES, Frame

log = structlog.get_logger(__name__)
CHANNELS = "frames:"
WATCHED = "watched:"
HINT_S = 10
"""Lifetime of the hint that a mission is watched; renewed while it is."""
_CALL_S = 1.0
_JPEG = b"\xff\xd8\xff"
_HEAD_BYTES = 2_000


class RedisFrames:
    """The browser worker's side: reads the hint and publishes frames. Never blocks or fails with Redis."""

    def __init__(self, url: str) -> None:
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=_CALL_S, socket_connect_timeout=_CALL_S
        )

    async def watched(self, org: str, mission_id: str) -> bool:
        """Whether the mission is being watched; False if Redis does not answer."""
        try:
            async with asyncio.timeout(_CALL_S):
                return await self._redis.get(f"{WATCHED}{org}:{mission_id}") is not None
        except (RedisError, OSError, TimeoutError):
            return False

    async def show(self, org: str, frame: Frame, jpeg: bytes) -> None:
        """Publishes one frame, or drops it."""
        message = frame.model_dump_json(by_alias=True).encode() + b"\n" + jpeg
        try:
            async with asyncio.timeout(_CALL_S):
                await self._redis.publish(f"{CHANNELS}{org}:{frame.mission_id}", message)
        except (RedisError, OSError, TimeoutError) as error:
            log.debug("frame dropped", reason=type(error).__name__)

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


class RedisAudience:
    """The API's side: sets the hint and receives the frames."""

    def __init__(self, url: str) -> None:
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=5, socket_connect_timeout=2
        )

    async def hint(self, org: str, mission_id: str) -> None:
        """Marks the mission as watched for the next 10 s. Best effort."""
        try:
            async with asyncio.timeout(_CALL_S):
                await self._redis.set(f"{WATCHED}{org}:{mission_id}", 1, ex=HINT_S)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("watch hint not sent", reason=type(error).__name__)

    async def frames(self) -> AsyncGenerator[tuple[str, Frame, bytes] | None, None]:
        """Yields organization, frame and JPEG; None after a second without one. Raises UnavailableError."""
        try:
            async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.psubscribe(f"{CHANNELS}*")
                while True:
                    message = await subscription.get_message(timeout=1.0)
                    yield None if message is None else _read(message["channel"], message["data"])
        except RedisError as error:
            raise UnavailableError("Redis does not answer.") from error

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


def _read(channel: bytes, message: bytes) -> tuple[str, Frame, bytes] | None:
    """None for a message that is no valid frame of the mission in its channel's name."""
    head, _, jpeg = message.partition(b"\n")
    names = channel.decode(errors="replace").split(":")
    if len(names) != 3 or len(head) > _HEAD_BYTES or len(jpeg) > FRAME_BYTES or not jpeg.startswith(_JPEG):  # noqa: PLR2004  frames, organization, mission
        return None
    _, org, mission_id = names
    try:
        frame = Frame.model_validate_json(head)
    except ValidationError:
        return None
    return (org, frame, jpeg) if frame.mission_id == mission_id else None
