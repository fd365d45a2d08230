import asyncio


class Gate:
    """Open unless a test shuts it: then whoever passes waits, and the test can await that somebody does."""

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
        """Returns once somebody came by; fails after 20 s."""
        async with asyncio.timeout(20):
            await self._reached.wait()

    async def pass_through(self) -> None:
        self._reached.set()
        await self._open.wait()
