from typing import TYPE_CHECKING

from demo.shop.faults import Fault

if TYPE_CHECKING:
    from tests.demo.conftest import Lab


async def test_a_leak_takes_real_memory_and_ends_with_new_processes(lab: "Lab") -> None:
    """Memory and latency grow within the limit; scaling does not help, and a restart does."""

    async def warm() -> bool:
        return len(await lab.latest("latency_p95_seconds")) == 3

    await lab.until(warm)
    memory = (await lab.latest("memory_bytes"))["checkout"]
    limit = (await lab.latest("memory_limit_bytes"))["checkout"]
    await lab.shop.inject(Fault("leak", "checkout", size=1.0))

    worst = 0.0

    async def slow_and_big() -> bool:
        nonlocal worst
        grown, seconds = (
            (await lab.latest("memory_bytes"))["checkout"],
            await lab.latest("latency_p95_seconds"),
        )
        assert grown <= limit
        worst = max(worst, *seconds.values())
        return grown > memory + 25e6 and seconds["web"] > 0.3

    async def cured() -> bool:  # a busy machine is slow, but not as slow as a service without memory
        small = (await lab.latest("memory_bytes"))["checkout"] < memory + 10e6
        return small and max((await lab.latest("latency_p95_seconds")).values()) < worst / 2

    await lab.until(slow_and_big)
    assert (await lab.latest("memory_bytes"))["payments"] < memory + 10e6
    assert (await lab.act("checkout", "rollback", {"revision": 1}, "no-older"))[0] == 409
    assert (await lab.act("checkout", "scale", {"replicas": 3}, "more"))[0] == 200
    assert await slow_and_big()
    assert (await lab.act("checkout", "restart", {}, "new"))[0] == 200
    await lab.until(cured)
