import asyncio

from lab.faults.background import Background


async def test_a_swallowed_cancellation_is_repeated() -> None:
    """`stop` ends work even if a library turned the first cancellation into an error that is ignored."""
    swallowed = asyncio.Event()

    async def work() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed.is_set():
                    raise
                swallowed.set()

    background = Background(work())
    await asyncio.sleep(0)
    await asyncio.wait_for(background.stop(), 10)
    assert swallowed.is_set()


async def test_work_that_has_failed_is_over() -> None:
    """`stop` after a failure returns, and raises nothing."""

    async def work() -> None:
        raise ValueError("over")

    background = Background(work())
    await asyncio.sleep(0)
    await asyncio.wait_for(background.stop(), 10)
