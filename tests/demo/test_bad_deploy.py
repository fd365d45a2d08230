from typing import TYPE_CHECKING

from demo.shop.faults import Fault

if TYPE_CHECKING:
    from tests.demo.conftest import Lab


async def test_a_bad_build_hurts_callers_too_and_only_rollback_cures_it(lab: "Lab") -> None:
    """A bad build causes errors in its callers, too; a restart does not end them and a rollback does."""
    await lab.shop.inject(Fault("bad-deploy", "payments", "errors", 0.5))
    deployed = (await lab.get("/api/annotations", tags=["deployment", "payments"]))[0]
    assert deployed["text"] == "payments v1.4.2 (revision 2) deployed"
    assert deployed["data"]["previousRevision"] == 1

    async def all_fail() -> bool:
        ratios = await lab.latest("error_ratio")
        return len(ratios) == 3 and min(ratios.values()) > 0.25

    async def all_recovered() -> bool:
        return max((await lab.latest("error_ratio")).values()) < 0.05

    await lab.until(all_fail)
    assert any("KeyError" in text for text in await lab.messages("payments"))
    assert any(text == "upstream error: payments answered 500" for text in await lab.messages("checkout"))

    assert (await lab.act("payments", "restart", {}, "hope"))[0] == 200
    seen = len(await lab.messages("payments"))

    async def fails_on() -> bool:
        return len(await lab.messages("payments")) > seen + 10

    await lab.until(fails_on)
    assert (await lab.state("payments"))["previousRevision"] == 1
    status, receipt = await lab.act("payments", "rollback", {"revision": 1}, "cure")
    assert status == 200
    assert (receipt["after"]["revision"], receipt["after"]["version"]) == (1, "v1.4.1")
    await lab.until(all_recovered)


async def test_a_slow_build_makes_its_callers_time_out(lab: "Lab") -> None:
    """A slow build of payments succeeds, and its callers log timeouts."""
    await lab.shop.inject(Fault("bad-deploy", "payments", "latency", 1.5))

    async def timeouts() -> bool:
        texts = await lab.messages("checkout")
        return any(text.startswith("upstream timeout: payments") for text in texts)

    async def slow_and_victims_fail() -> bool:
        slowness, ratios = await lab.latest("latency_p95_seconds"), await lab.latest("error_ratio")
        return slowness["payments"] > 1.2 and min(ratios["web"], ratios["checkout"]) > 0.1

    async def connections_pile_up() -> bool:
        return (await lab.latest("pool_in_use"))["checkout"] >= 4

    await lab.until(timeouts)
    await lab.until(slow_and_victims_fail)
    await lab.until(connections_pile_up)
    ratios = await lab.latest("error_ratio")
    assert ratios["payments"] < 0.05 < ratios["checkout"]
