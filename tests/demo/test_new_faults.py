from typing import TYPE_CHECKING

from demo.shop.decoys import Decoy
from demo.shop.faults import Fault

if TYPE_CHECKING:
    from tests.demo.conftest import Lab


async def test_a_full_pool_is_cured_by_one_more_replica_and_not_by_a_restart(lab: "Lab") -> None:
    """A full pool stays full after a restart, and has room with a third replica."""
    worst = 0.0

    async def full() -> bool:
        nonlocal worst
        used, size = (
            (await lab.latest("pool_in_use"))["payments"],
            (await lab.latest("pool_size"))["payments"],
        )
        waited = (await lab.latest("pool_wait_seconds")).get("payments", 0.0)
        seconds = await lab.latest("latency_p95_seconds")
        worst = max(worst, *seconds.values())
        return used >= 0.8 * size and waited > 0.1 and seconds["web"] > 0.5

    async def calm() -> bool:  # waits for the requests that were queued; a busy machine is a little slow
        slowness = await lab.latest("latency_p95_seconds")
        errors = await lab.latest("error_ratio")
        used, size = await lab.latest("pool_in_use"), await lab.latest("pool_size")
        room = used["payments"] < 0.8 * size["payments"]
        return room and max(slowness.values()) < worst / 2 and max(errors.values()) < 0.05

    await lab.shop.inject(Fault("pool-exhaustion", "payments", size=7.0))
    assert (await lab.act("payments", "restart", {}, "hope"))[0] == 200
    assert (await lab.act("payments", "rollback", {"revision": 1}, "no-older"))[0] == 409
    await lab.until(full)
    assert (await lab.act("payments", "scale", {"replicas": 3}, "cure"))[0] == 200
    await lab.until(calm)


async def test_a_slow_provider_shows_in_its_own_metric_and_decoys_are_real(lab: "Lab") -> None:
    """Payments' latency rises with its provider's without errors; the decoys change their services."""

    async def warm() -> bool:
        return len(await lab.latest("latency_p95_seconds")) == 3

    async def slow() -> bool:
        provider = await lab.latest("provider_latency_seconds")
        assert provider.keys() == {"payments"}
        return provider["payments"] > 0.5 and min((await lab.latest("latency_p95_seconds")).values()) > 0.5

    async def noisy() -> bool:
        return (await lab.latest("memory_bytes"))["web"] > memory + 3e6

    async def alerted() -> bool:
        return bool(await lab.get("/api/annotations", tags=["alert", "web"]))

    await lab.until(warm)
    memory = (await lab.latest("memory_bytes"))["web"]
    for decoy in (Decoy("alert", "web"), Decoy("noise", "web"), Decoy("deployment", "checkout")):
        await lab.shop.add_decoy(decoy)
    await lab.until(noisy)
    await lab.shop.inject(Fault("slow-dependency", "payments", size=0.8))
    await lab.until(slow)
    await lab.until(alerted)
    assert (await lab.state("checkout"))["revision"] == 2
    assert max((await lab.latest("error_ratio")).values()) < 0.1
    await _traces_are_whole(lab)


async def _traces_are_whole(lab: "Lab") -> None:
    body = await lab.get("/api/traces", service="payments", lookback="10s")
    named: dict[str, list[dict[str, str]]] = {}
    for resource in body["resourceSpans"]:
        (label,) = resource["resource"]["attributes"]
        named[label["value"]["stringValue"]] = resource["scopeSpans"][0]["spans"]
    assert named.keys() == {"web", "checkout", "payments"}
    ids = {span["spanId"] for spans in named.values() for span in spans}
    calls = [span for span in named["payments"] if span["name"] == "POST /charges"]
    assert calls
    assert all(span["parentSpanId"] in ids for span in calls)
    for wrong in ({"lookback": "soon"}, {"limit": "0"}, {"service": "mail"}):
        async with lab.client.get("/api/traces", params=wrong) as response:
            assert response.status in {400, 404}
            assert "error" in await response.json()


async def test_data_that_no_build_can_read_fails_in_every_build(lab: "Lab") -> None:
    """Bad data causes errors in every revision and in new processes, so no action helps."""

    async def failing() -> bool:
        return (await lab.latest("error_ratio")).get("payments", 0.0) > 0.15

    await lab.shop.add_decoy(Decoy("deployment", "payments"))
    await lab.shop.inject(Fault("bad-data", "payments", size=0.5))
    await lab.until(failing)
    assert (await lab.act("payments", "rollback", {"revision": 1}, "back"))[0] == 200
    assert (await lab.state("payments"))["revision"] == 1
    served = (await lab.latest("requests_per_second"))["payments"]
    assert served > 0
    since = len(await lab.messages("payments"))

    async def fails_still() -> bool:
        return len(await lab.messages("payments")) > since + 20 and await failing()

    await lab.until(fails_still)
