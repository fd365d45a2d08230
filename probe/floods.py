"""Strangers who ask too much, and one person who works at the limit."""

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator

import websockets.asyncio.client as websocket_client
from websockets.exceptions import WebSocketException

from probe.latency import Latencies, measure
from probe.people import new_email
from probe.samples import start_mission
from probe.visitors import TOO_MANY, Visitor, next_network
from probe.world import ProbeWorld

SOCKETS = 2000
NETWORKS = 8
OPENING = 100
CLOSED_WITHIN_S = 15.0
MEMORY_MB = 64.0
SETTLED_S = 60.0
REFUSED_CONNECT = '40{"token":"nobody"}'
BOGUS = {"Authorization": "Bearer nobody"}
STRANGERS_REQUESTS = 700
WRONG_LOGINS = 110
LOGINS_AT_ONCE = 8
PHASES, PHASE_S = 4, 5.0
RATIO = 1.5
ROOMS = 40
READ = "/api/missions?limit=20"


class AnonymousSockets:
    """WebSockets of strangers: half of them send nothing, half a CONNECT that is refused."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self._networks = [next_network() for _ in range(NETWORKS)]
        self._open: set[websocket_client.ClientConnection] = set()
        self.refused = 0
        self._watching: list[asyncio.Task[None]] = []

    async def open(self, count: int) -> None:
        """Opens so many, in several networks."""
        free = asyncio.Semaphore(OPENING)
        await asyncio.gather(*(self._open_each(number, free) for number in range(count)))

    async def _open_each(self, number: int, free: asyncio.Semaphore) -> None:
        address = self._networks[number % NETWORKS]
        async with free:
            try:
                connection = await websocket_client.connect(
                    self._url,
                    local_addr=(address, 0),
                    ping_interval=None,
                    open_timeout=30,
                    close_timeout=1,
                    proxy=None,
                    compression=None,
                )
                self._open.add(connection)
                self._watching.append(asyncio.create_task(self._watch(connection)))
                if number % 2:
                    await connection.send(REFUSED_CONNECT)
            except (OSError, TimeoutError, WebSocketException):
                self.refused += 1

    async def _watch(self, connection: websocket_client.ClientConnection) -> None:
        with contextlib.suppress(WebSocketException):
            while True:
                await connection.recv()
        self._open.discard(connection)

    @property
    def still_open(self) -> int:
        """How many the server has not closed."""
        return len(self._open)

    async def until_closed(self, seconds: float) -> None:
        """Waits until the server has closed all, at most so long."""
        end = time.monotonic() + seconds
        while self._open and time.monotonic() < end:  # noqa: ASYNC110  the server closes them
            await asyncio.sleep(0.2)

    async def close(self) -> None:
        """Ends all connections without the closing handshake."""
        for connection in self._open:
            connection.transport.abort()
        await asyncio.gather(*self._watching, return_exceptions=True)


async def check_anonymous_sockets(world: ProbeWorld) -> None:
    """WE9: sockets without a login end by themselves; memory and a reader's answers stay as they were."""
    reader, sockets = world.a.people["auditor"], AnonymousSockets(world.url)
    quiet, flooded = Latencies(), Latencies()
    await measure(reader, READ, PHASE_S, quiet)
    before, began = world.stack.memory_mb("api"), time.monotonic()
    await sockets.open(SOCKETS)
    opened, took = sockets.still_open, time.monotonic() - began
    peak = world.stack.memory_mb("api")
    await asyncio.gather(sockets.until_closed(CLOSED_WITHIN_S), measure(reader, READ, PHASE_S, flooded))
    left = sockets.still_open
    await sockets.close()
    after = await _settled_memory(world, before)
    world.checks.record(
        "WE9",
        f"{SOCKETS} sockets without a login are all closed within {CLOSED_WITHIN_S:.0f} s",
        expected="0 open",
        seen=f"{sockets.refused} refused, {opened} opened in {took:.1f} s, {left} open",
        ok=left == 0,
    )
    world.checks.record(
        "WE9",
        f"the API's memory grows by less than {MEMORY_MB:.0f} MB meanwhile and afterwards",
        expected=f"at most {before + MEMORY_MB:.0f} MB",
        seen=f"{before:.0f} MB before, {peak:.0f} with them, {after:.0f} afterwards",
        ok=max(peak, after) < before + MEMORY_MB,
    )
    bound = 2 * quiet.median + 20
    world.checks.record(
        "WE9",
        "a reader is answered meanwhile",
        expected=f"median under {bound:.0f} ms, only 200",
        seen=f"{quiet.median:.1f} ms quiet, {flooded.median:.1f} ms, {dict(flooded.statuses)}",
        ok=flooded.median < bound and set(flooded.statuses) == {200},
    )


async def _settled_memory(world: ProbeWorld, before: float) -> float:
    """The API's memory once it is near its former value, or after ten seconds."""
    end = time.monotonic() + SETTLED_S / 6
    while (now := world.stack.memory_mb("api")) > before + MEMORY_MB and time.monotonic() < end:  # noqa: ASYNC110  another process
        await asyncio.sleep(0.5)
    return now


async def check_subscriber(world: ProbeWorld) -> None:
    """WE10: beside one person's 180 subscriptions a second, a reader of A waits at most 1.5 times as long."""
    person, reader = world.b.people["operator"], world.a.people["operator"]
    missions = await _ended_missions(person)
    quiet, loaded, sockets = Latencies(), Latencies(), []
    cpu = {"quiet": 0.0, "loaded": 0.0}
    for _ in range(PHASES):
        before = world.stack.cpu_s("api")
        await measure(reader, READ, PHASE_S, quiet)
        cpu["quiet"] += world.stack.cpu_s("api") - before
        async with _subscribing(person, missions) as connected:
            sockets.append(connected)
            before = world.stack.cpu_s("api")
            await measure(reader, READ, PHASE_S, loaded)
            cpu["loaded"] += world.stack.cpu_s("api") - before
    shares = {name: f"{used / PHASES / PHASE_S:.0%}" for name, used in cpu.items()}
    ratio = loaded.median / quiet.median
    world.checks.record(
        "WE10",
        "beside one person's 180 subscriptions a second a reader of A waits at most 1.5 times as long",
        expected=f"a ratio of at most {RATIO}, only 200",
        seen=f"{ratio:.2f}: {quiet.median:.1f} ms quiet, {loaded.median:.1f} ms; {dict(loaded.statuses)}; "
        f"sockets {sockets}; the API's CPU {shares}",
        ok=ratio <= RATIO and set(loaded.statuses) == {200} and min(sockets) > 0,
    )


@contextlib.asynccontextmanager
async def _subscribing(person: Visitor, missions: list[str]) -> AsyncIterator[int]:
    """Runs the subscriber in a process of its own; yields how many of its sockets connected."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "probe.subscriber"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the subscriber has no pipes")
        order = {"url": person.url, "token": person.token, "missions": missions}
        process.stdin.write(json.dumps(order).encode() + b"\n")
        await process.stdin.drain()
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        yield int(line.removeprefix("READY"))
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ended_missions(person: Visitor) -> list[str]:
    """Missions of the person that were cancelled before they did anything."""
    missions = [await start_mission(person, "Look whether anything is wrong.") for _ in range(ROOMS)]
    for mission in missions:
        await person.request("POST", f"/api/missions/{mission}/cancel")
    return missions


async def check_strangers(world: ProbeWorld) -> None:
    """WE11: a header that authenticates nobody does not switch the limit of strangers off."""
    async with Visitor(world.url, headers=BOGUS) as stranger:
        statuses: Counter[int] = Counter()
        for _ in range(STRANGERS_REQUESTS // 50):
            answers = await asyncio.gather(
                *(stranger.request("GET", "/api/auth/oauth/providers", patient=False) for _ in range(50))
            )
            statuses.update(answer.status_code for answer in answers)
    world.checks.record(
        "WE11",
        f"{STRANGERS_REQUESTS} requests with a bogus Authorization header meet the limit of strangers",
        expected="at most 600 times 200, then 429",
        seen=dict(statuses),
        ok=statuses[TOO_MANY] > 0 and set(statuses) <= {200, TOO_MANY},
    )


async def check_office(world: ProbeWorld) -> None:
    """AU19: a stranger's wrong passwords do not lock out a person in the same network."""
    person = world.a.people["viewer"]
    office = next_network()
    async with Visitor(world.url, office) as colleague, Visitor(world.url, office) as stranger:
        first = await colleague.login(person.email, person.password, person.org)
        free = asyncio.Semaphore(LOGINS_AT_ONCE)
        statuses: Counter[int] = Counter()

        async def guess(number: int) -> None:
            body = {"email": new_email(f"guess{number}"), "password": "a wrong password"}
            async with free:
                answer = await stranger.request("POST", "/api/auth/login", patient=False, json=body)
            statuses[answer.status_code] += 1

        await asyncio.gather(*(guess(number) for number in range(WRONG_LOGINS)))
        renewal = {"refreshToken": colleague.refresh_token}
        renewed = await colleague.request("POST", "/api/auth/refresh", patient=False, json=renewal)
        body = {"email": person.email, "password": person.password}
        again = await colleague.request("POST", "/api/auth/login", patient=False, json=body)
    seen = (first.status_code, renewed.status_code, again.status_code)
    world.checks.record(
        "AU19",
        f"after a stranger's {WRONG_LOGINS} wrong passwords a person in the same network still signs in",
        expected="(200, 200, 200)",
        seen=f"{seen}, the stranger {dict(statuses)}",
        ok=seen == (200, 200, 200),
    )
