import asyncio

import pytest
import redis.asyncio
import socketio
from redis.exceptions import AuthenticationError, NoPermissionError

from runtime.local.servers import Addresses


def client(stack: Addresses, user: str) -> redis.asyncio.Redis:
    connected: redis.asyncio.Redis = redis.asyncio.Redis.from_url(stack.redis_urls[user])
    return connected


async def test_the_default_user_is_off(stack: Addresses) -> None:
    """A client without a password is refused."""
    url = "redis://" + stack.redis_urls["admin"].partition("@")[2]
    async with redis.asyncio.Redis.from_url(url) as anonymous:
        with pytest.raises(AuthenticationError):
            await anonymous.ping()


@pytest.mark.parametrize(
    ("user", "allowed", "refused"),
    [
        ("missions", ["socketio", "socketio#x"], ["frames:1", "other"]),
        ("browser", ["frames:1"], ["socketio", "socketio#x", "other"]),
    ],
)
async def test_a_worker_publishes_in_its_own_channels_only(
    stack: Addresses, user: str, allowed: list[str], refused: list[str]
) -> None:
    """A worker publishes only to its own channels, and can neither read nor write a key."""
    async with client(stack, user) as worker:
        assert await worker.ping()
        for channel in allowed:
            assert await worker.publish(channel, "x") == 0
        for channel in refused:
            with pytest.raises(NoPermissionError):
                await worker.publish(channel, "x")
        for command in (
            ("GET", "k"),
            ("SET", "k", "v"),
            ("SUBSCRIBE", "frames:1"),
            ("FLUSHALL",),
            ("CONFIG", "GET", "*"),
        ):
            with pytest.raises(NoPermissionError):
                await worker.execute_command(*command)  # type: ignore[no-untyped-call]  # the library has no types here


async def test_the_api_uses_keys_and_channels_but_does_not_administer(stack: Addresses) -> None:
    """The API can use all keys, and cannot flush, configure or list users."""
    async with client(stack, "api") as api:
        assert await api.set("k", "v", ex=60)
        assert await api.get("k") == b"v"
        for command in (("FLUSHALL",), ("CONFIG", "GET", "*"), ("ACL", "LIST"), ("KEYS", "*"), ("SHUTDOWN",)):
            with pytest.raises(NoPermissionError):
                await api.execute_command(*command)  # type: ignore[no-untyped-call]  # the library has no types here


async def test_the_browser_worker_reads_the_hint_and_nothing_else(stack: Addresses) -> None:
    """The browser worker can read whether a mission has viewers, and cannot set it or read other keys."""
    async with client(stack, "api") as api, client(stack, "browser") as worker:
        await api.set("watched:acme:1", 1, ex=60)
        assert await worker.get("watched:acme:1") == b"1"
        for command in (
            ("SET", "watched:acme:1", "1"),
            ("DEL", "watched:acme:1"),
            ("GET", "watching"),
            ("KEYS", "watched:*"),
            ("SCAN", "0"),
            ("PUBSUB", "CHANNELS"),
        ):
            with pytest.raises(NoPermissionError):
                await worker.execute_command(*command)  # type: ignore[no-untyped-call]  # the library has no types here


async def test_the_browser_worker_hears_hands_and_moves_none(stack: Addresses) -> None:
    """The browser worker receives remote-control input, and cannot send it, take control or read frames."""
    async with client(stack, "api") as api, client(stack, "browser") as worker, worker.pubsub() as receiver:
        await receiver.subscribe("touch:acme:1")
        assert (await receiver.get_message(timeout=5))["type"] == "subscribe"
        assert await api.publish("touch:acme:1", "click") == 1
        assert (await receiver.get_message(timeout=5))["data"] == b"click"
        await api.set("hold:acme:1", "shop/overview", ex=60)
        assert await worker.get("hold:acme:1") == b"shop/overview"
        for command in (
            ("PUBLISH", "touch:acme:1", "click"),
            ("SET", "hold:acme:1", "shop/overview"),
            ("SUBSCRIBE", "frames:acme:1"),
            ("PSUBSCRIBE", "touch:*"),
        ):
            with pytest.raises(NoPermissionError):
                await worker.execute_command(*command)  # type: ignore[no-untyped-call]  # the library has no types here


async def test_the_api_hears_frames(stack: Addresses) -> None:
    """The API receives the frames that the browser worker publishes."""
    async with client(stack, "api") as api, client(stack, "browser") as browser, api.pubsub() as receiver:
        await receiver.psubscribe("frames:*")
        assert (await receiver.get_message(timeout=5))["type"] == "psubscribe"
        assert await browser.publish("frames:7", "jpeg") == 1
        assert (await receiver.get_message(timeout=5))["data"] == b"jpeg"


async def test_socketio_rides_on_it(stack: Addresses) -> None:
    """An event that a worker's write-only manager emits reaches the API's manager."""
    received: asyncio.Queue[object] = asyncio.Queue()

    class ReceivingManager(socketio.AsyncRedisManager):  # type: ignore[misc]  # socketio has no types
        async def _handle_emit(self, message: dict[str, object]) -> None:
            await received.put(message["data"])

    receiver = ReceivingManager(stack.redis_urls["api"])
    receiver.set_server(socketio.AsyncServer(client_manager=receiver))
    receiver.initialize()
    sender = socketio.AsyncRedisManager(stack.redis_urls["missions"], write_only=True)
    async with client(stack, "admin") as admin:
        while not dict(await admin.pubsub_numsub("socketio")).get(b"socketio"):  # noqa: ASYNC110  another process's state
            await asyncio.sleep(0.02)
    await sender.emit("mission", {"id": 1})
    assert await asyncio.wait_for(received.get(), 5) == [{"id": 1}]
    receiver.thread.cancel()
    await asyncio.wait([receiver.thread])
    await receiver.redis.aclose()
    await sender.redis.aclose()
