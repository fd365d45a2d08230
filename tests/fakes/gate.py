import asyncio


class Gate:
    """Open unless a test shuts it: then callers wait, and the test can wait for the first caller."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._reached = asyncio.Event()

    def shut(self) -> None:
        self._open.clear()
        self._reached.clear()

    def open(self) -> None:
        self._open.set()

    async def reached(self) -> None:
        """Returns once a caller has arrived; fails after 20 s."""
        async with asyncio.timeout(20):
            await self._reached.wait()

    async def pass_through(self) -> None:
        self._reached.set()
        await self._open.wait()
