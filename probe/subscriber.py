"""One person's ten sockets with 18 subscriptions a second each: `python -m probe.subscriber`.

A process of its own, so that its work does not delay the reader that is measured. Reads one line of JSON
(`url`, `token`, `missions`), prints READY once all sockets are connected, and ends with its standard input.
"""

import asyncio
import json
import sys
from typing import Any

from probe.sockets import Listener
from probe.visitors import Visitor

SOCKETS = 10
A_SECOND = 18


async def _subscribe(listener: Listener, missions: list[str], number: int) -> None:
    place = number
    while not listener.closed.is_set():
        await listener.emit("mission:subscribe", missions[place % len(missions)])
        place += 1
        await asyncio.sleep(1 / A_SECOND)


async def main() -> None:
    """Runs until the standard input ends."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    order: dict[str, Any] = json.loads(await reader.readline())
    visitor = Visitor(order["url"])
    visitor.token = order["token"]
    listeners = [Listener(visitor) for _ in range(SOCKETS)]
    connected = await asyncio.gather(*(listener.connect() for listener in listeners))
    sys.stdout.write(f"READY {sum(connected)}\n")
    sys.stdout.flush()
    work = [
        asyncio.create_task(_subscribe(listener, order["missions"], number))
        for number, listener in enumerate(listeners)
    ]
    await reader.read()
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await asyncio.gather(*(listener.close() for listener in listeners), return_exceptions=True)
    await visitor.close()


if __name__ == "__main__":
    asyncio.run(main())
