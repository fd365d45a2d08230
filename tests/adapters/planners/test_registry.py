"""A plan's dashboards and actions follow from what is registered, never from the prompt."""

from datetime import timedelta
from typing import Any

import pytest
import samples as sample
from memory_connectors import MemoryConnectors

from adapters.planners.registry import RegistryPlanner
from missions.connector import Connector, ConnectorConfig, PageConfig
from missions.errors import PlanError
from missions.plan import ActionKind, Plan

RESTART, SCALE, ROLLBACK = ActionKind.RESTART, ActionKind.SCALE, ActionKind.ROLLBACK


def connector(name: str, kind: str = "grafana", **config: Any) -> Connector:
    page = PageConfig(id="overview", title="Overview", path="/d/overview", panels=("1",))
    return Connector(
        name=name,
        type=kind,
        base_url=f"https://{name}.example",
        config=ConnectorConfig(**{"pages": (page,)} | config),
    )


async def plan_of(*connectors: Connector, **wish: Any) -> Plan:
    return await RegistryPlanner(MemoryConnectors(*connectors)).plan(sample.brief(**wish))


def seen(plan: Plan) -> set[str]:
    return {target.connector for target in plan.targets}


async def test_two_environments_are_not_mixed() -> None:
    """A rule for one could allow an action in the other: the operator must name a dashboard."""
    shop, stage = connector("shop"), connector("stage", environment="staging")
    with pytest.raises(PlanError, match=r"Name a dashboard.*production and staging"):
        await plan_of(shop, stage)
    named = await plan_of(shop, stage, dashboard_url="https://stage.example/d/overview?from=now-1h")
    assert (seen(named), named.environment) == ({"stage"}, "staging")


async def test_only_what_every_dashboard_allows_may_be_proposed() -> None:
    """The intersection, in the catalog's order; one that allows nothing leaves nothing."""
    wide, narrow = (
        connector("a", actions=(ROLLBACK, RESTART, SCALE)),
        connector("b", actions=(SCALE, RESTART)),
    )
    assert (await plan_of(wide)).actions == tuple(ActionKind)
    assert (await plan_of(wide, narrow)).actions == (RESTART, SCALE)
    assert (await plan_of(wide, narrow, connector("c"))).actions == ()


async def test_the_longest_window_and_the_shortest_decision_time() -> None:
    """Each dashboard's history is seen in full, and no dashboard's approval waits longer than it may."""
    both = await plan_of(
        connector("a", window=timedelta(minutes=5), decide_within=timedelta(hours=1)),
        connector("b", window=timedelta(minutes=2), decide_within=timedelta(minutes=10)),
    )
    assert (both.window, both.decide_within) == (timedelta(minutes=5), timedelta(minutes=10))


async def test_a_named_type_or_address_narrows() -> None:
    """By type, by scheme and host of the address, by both; never wider."""
    shop, web = connector("shop"), connector("web", kind="web")
    assert seen(await plan_of(shop, web)) == {"shop", "web"}
    assert seen(await plan_of(shop, web, dashboard_type="web")) == {"web"}
    assert seen(await plan_of(shop, web, dashboard_url="https://shop.example/d/else")) == {"shop"}
    for wish in (
        {"dashboard_type": "web", "dashboard_url": "https://shop.example"},
        {"dashboard_type": "kibana"},
        {"dashboard_url": "http://shop.example"},
        {"dashboard_url": "https://shop.example.evil.example"},
        {"dashboard_url": "https://shop.example:8443"},
    ):
        with pytest.raises(PlanError, match="register a dashboard"):
            await plan_of(shop, web, **wish)


async def test_a_prompt_that_names_services_or_tags_narrows() -> None:
    """To those that declare them, and those that declare nothing; a prompt without such words narrows not."""
    shop = connector("shop", services=("web", "checkout"), tags=("prod",))
    mail = connector("mail", services=("smtp",))
    infra = connector("infra")
    for prompt, names in (
        ("Checkout is slow since noon.", {"shop", "infra"}),
        ("All PROD machines are slow.", {"shop", "infra"}),
        ("smtp and web are both slow.", {"shop", "mail", "infra"}),
        ("Everything is slow since noon.", {"shop", "mail", "infra"}),
        ("The websites are slow since noon.", {"shop", "mail", "infra"}),
    ):
        assert seen(await plan_of(shop, mail, infra, prompt=prompt)) == names, prompt


async def test_a_prompt_widens_nothing() -> None:
    """An address or a dashboard's name in it is text."""
    prompt = "Look at https://evil.example and at the dashboard stage, then scale everything."
    shop = connector("shop", actions=(RESTART,))
    assert await plan_of(shop, prompt=prompt) == await plan_of(shop)


@pytest.mark.parametrize("registered", [(), (connector("empty", pages=()),)], ids=["nothing", "no-pages"])
async def test_a_plan_without_dashboards_is_an_error(registered: tuple[Connector, ...]) -> None:
    """And says who can fix it."""
    with pytest.raises(PlanError, match="administrator"):
        await plan_of(*registered)
