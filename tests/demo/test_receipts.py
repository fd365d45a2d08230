"""One key, one effect: also where the work fails half-way."""

import asyncio
from pathlib import Path

import pytest

from demo.shop.receipts import KeyReusedError, Receipt, Receipts

REQUEST: Receipt = {"service": "web", "action": "restart"}


@pytest.fixture
def receipts(tmp_path: Path) -> Receipts:
    return Receipts(tmp_path / "effects.jsonl")


async def test_what_failed_after_it_began_is_not_done_again(receipts: Receipts, tmp_path: Path) -> None:
    """The key is kept: asking again, by the way or at once, tells the same failure and does nothing."""
    done = 0

    async def work() -> Receipt:
        nonlocal done
        done += 1
        receipts.note_effect("k", "web", "restart")
        raise RuntimeError("The new replica does not start.")

    asks = (receipts.once("k", REQUEST, work) for _ in range(3))
    answers = [*await asyncio.gather(*asks, return_exceptions=True)]
    answers += await asyncio.gather(receipts.once("k", REQUEST, work), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["The new replica does not start."] * 4
    assert done == 1
    assert receipts.find("k") == {"key": "k", **REQUEST, "status": "failed"}
    assert len((tmp_path / "effects.jsonl").read_text().splitlines()) == 1
    with pytest.raises(KeyReusedError):
        await receipts.once("k", REQUEST | {"action": "scale"}, work)


async def test_what_was_refused_frees_its_key(receipts: Receipts) -> None:
    """It did nothing: the same key may be asked again, and is then done."""

    async def refuse() -> Receipt:
        raise ValueError("There is no such revision.")

    async def work() -> Receipt:
        receipts.note_effect("k", "web", "restart")
        return {"before": 1, "after": 2}

    with pytest.raises(ValueError, match="no such revision"):
        await receipts.once("k", REQUEST, refuse)
    assert receipts.find("k") is None
    assert (await receipts.once("k", REQUEST, work))["after"] == 2
