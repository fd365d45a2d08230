"""One key has one effect, even if the work fails halfway."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from demo.shop.action_request import ActionRequest
from demo.shop.receipts import KeyReusedError, Receipt, Receipts

ACTION = ActionRequest(key="k", kind="restart", service="web", value=0, dry_run=False)


@pytest.fixture
def receipts(tmp_path: Path) -> Receipts:
    return Receipts(tmp_path / "effects.jsonl")


async def test_what_failed_after_it_began_is_not_done_again(receipts: Receipts, tmp_path: Path) -> None:
    """After a failure the key stays used: the same call gets the same failure and does nothing."""
    done = 0

    async def work() -> Receipt:
        nonlocal done
        done += 1
        receipts.note_effect(ACTION)
        raise RuntimeError("The new replica does not start.")

    requests = (receipts.once(ACTION, work) for _ in range(3))
    answers = [*await asyncio.gather(*requests, return_exceptions=True)]
    answers += await asyncio.gather(receipts.once(ACTION, work), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["The new replica does not start."] * 4
    assert done == 1
    future = receipts.find("k")
    assert future is not None
    assert isinstance(future.exception(), RuntimeError)
    assert len((tmp_path / "effects.jsonl").read_text().splitlines()) == 1
    with pytest.raises(KeyReusedError):
        await receipts.once(replace(ACTION, kind="scale", value=3), work)


async def test_what_was_refused_frees_its_key(receipts: Receipts) -> None:
    """A refused call leaves its key unused, so that the key may be used again."""

    async def refuse() -> Receipt:
        raise ValueError("There is no such revision.")

    async def work() -> Receipt:
        receipts.note_effect(ACTION)
        return {"before": 1, "after": 2}

    with pytest.raises(ValueError, match="no such revision"):
        await receipts.once(ACTION, refuse)
    assert receipts.find("k") is None
    assert (await receipts.once(ACTION, work))["after"] == 2


async def test_work_under_way_is_found_before_it_is_done(receipts: Receipts) -> None:
    """A lookup by key finds running work, and later its receipt."""
    begun, finish = asyncio.Event(), asyncio.Event()

    async def work() -> Receipt:
        begun.set()
        await finish.wait()
        return {"detail": "web restarted"}

    running = asyncio.create_task(receipts.once(ACTION, work))
    await begun.wait()
    work_under_key = receipts.find("k")
    assert work_under_key is not None
    assert not work_under_key.done()
    finish.set()
    assert await running == await work_under_key == {"detail": "web restarted"}
