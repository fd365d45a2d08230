import time
from missions.approval import Answer
from missions.mission import Outcome

async def test_recovered(start, world):
    a = time.time()
    m = await start()
    await m.answer(Answer.APPROVED)
    b = time.time()
    assert await m.end() is Outcome.RECOVERED
    print(b - a, time.time() - b, m.kinds)

async def test_swallow(start, world):
    world.diagnoser.gate.shut()
    m = await start()
    await world.diagnoser.gate.reached()
    await m.handle.cancel()
    world.diagnoser.gate.open()
    try:
        print(await m.end())
    finally:
        print(m.kinds)

async def test_away(start, world):
    world.observer.away = {"shop/overview"}
    a = time.time()
    m = await start()
    await m.answer(Answer.APPROVED)
    b = time.time()
    assert await m.end() is Outcome.RECOVERED
    print(b - a, time.time() - b, m.kinds)
