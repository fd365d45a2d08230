"""Tasks end although they drop a cancellation, as `asyncio.wait_for` makes them do before Python 3.12."""

import asyncio

from activities.task_ending import end_tasks


async def _endless(dropped: int) -> None:
    """Waits for ever, and drops so many cancellations."""
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            dropped -= 1
            if dropped < 0:
                raise


async def test_a_task_ends_that_drops_its_first_cancellation() -> None:
    tasks = [asyncio.create_task(_endless(dropped)) for dropped in (0, 1)]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end_tasks(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_the_errors_of_ended_tasks_are_dropped() -> None:
    """A task that has ended already is no error, and neither are no tasks."""

    async def fails() -> None:
        raise ValueError("broken")

    failed = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await end_tasks([failed, asyncio.create_task(_endless(0))])
    await end_tasks([])
    assert isinstance(failed.exception(), ValueError)


async def test_the_wait_for_the_end_may_be_cancelled() -> None:
    stuck = asyncio.create_task(_endless(100))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(end_tasks([stuck]))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    for _ in range(101):
        stuck.cancel()
        await asyncio.sleep(0)
