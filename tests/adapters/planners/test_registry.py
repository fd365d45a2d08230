"""A plan's dashboards and actions follow from the registered dashboards and never from the prompt."""

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


async def plan_of(*connectors: Connector, **request: Any) -> Plan:
    return await RegistryPlanner(MemoryConnectors(*connectors)).plan(sample.brief(**request))


def connectors_of(plan: Plan) -> set[str]:
    return {target.connector for target in plan.targets}


@pytest.mark.parametrize(
    ("prompt", "dashboard"),
    [
        ("Customers report slow checkouts.", "shop"),
        ("Checkouts are slow in staging.", "stage"),
        ("Why is STG slow?", "stage"),
        ("Is prod slow, or only some customers?", "shop"),
        ("Orders fail at the payment stage.", "shop"),
        ("Since the stage team deployed, checkout is slow.", "shop"),
        ("Checkout is slow on stage.", "stage"),
        ("The stage environment answers with errors.", "stage"),
        ("Pods restart in the staging-cluster.", "stage"),
    ],
)
async def test_environments_are_not_mixed(prompt: str, dashboard: str) -> None:
    """The one that the prompt names counts, else production: rules of one do not apply to two."""
    shop, stage = connector("shop"), connector("stage", environment="staging")
    for registered in ((shop, stage), (stage, shop)):
        plan = await plan_of(*registered, prompt=prompt)
        assert connectors_of(plan) == {dashboard}
        assert plan.environment == {"shop": "production", "stage": "staging"}[dashboard]


@pytest.mark.parametrize("environment", ["production", "demo", "staging"])
async def test_a_dashboard_whose_pages_are_not_chosen_yet_changes_no_plan(environment: str) -> None:
    """Neither its environment nor the actions that it does not allow count."""
    shop = connector("shop", environment="demo", actions=(RESTART, SCALE))
    registered = connector("new", environment=environment, pages=())
    for connectors in ((shop, registered), (registered, shop)):
        plan = await plan_of(*connectors)
        assert (connectors_of(plan), plan.environment, plan.actions) == ({"shop"}, "demo", (RESTART, SCALE))


@pytest.mark.parametrize("other", ["staging", "QA", "dev", "sandbox"])
async def test_an_environment_without_customers_stops_no_mission(other: str) -> None:
    """Whatever the one with customers is called."""
    live, second = connector("live", environment="shop-eu"), connector("second", environment=other)
    plan = await plan_of(live, second, prompt="Customers report slow checkouts.")
    assert (connectors_of(plan), plan.environment) == ({"live"}, "shop-eu")


async def test_the_environment_comes_before_services() -> None:
    """A service that only production declares does not lead a mission about staging there."""
    shop = connector("shop", services=("checkout",))
    stage = connector("stage", environment="staging", services=("checkout-stg",))
    plan = await plan_of(shop, stage, prompt="checkout is slow in staging")
    assert (connectors_of(plan), plan.environment) == ({"stage"}, "staging")


async def test_an_environment_may_have_several_words() -> None:
    east, west = connector("east", environment="EU east"), connector("west", environment="eu west")
    plan = await plan_of(east, west, prompt="Orders fail in EU West since noon.")
    assert (connectors_of(plan), plan.environment) == ({"west"}, "eu west")


async def test_two_spellings_of_one_environment_are_an_error() -> None:
    """Rules compare the name as it is written."""
    with pytest.raises(PlanError, match="spell one environment in one way: prod and production"):
        await plan_of(connector("a"), connector("b", environment="prod"))


async def test_an_address_chooses_the_environment() -> None:
    shop, stage = connector("shop"), connector("stage", environment="staging")
    named = await plan_of(shop, stage, dashboard_url="https://stage.example/d/overview?from=now-1h")
    assert (connectors_of(named), named.environment) == ({"stage"}, "staging")


@pytest.mark.parametrize(
    ("environments", "prompt", "names"),
    [
        (("staging", "qa"), "Everything is slow.", "qa and staging"),
        (("staging", "production"), "Compare staging with production.", "production and staging"),
        (("eu", "us", "production"), "The us and eu shops are slow.", "eu and us"),
    ],
)
async def test_several_environments_are_an_error_that_names_them(
    environments: tuple[str, ...], prompt: str, names: str
) -> None:
    registered = [connector(name, environment=name) for name in environments]
    with pytest.raises(PlanError, match=f"Name one environment.*{names}"):
        await plan_of(*registered, prompt=prompt)


async def test_only_what_every_dashboard_allows_may_be_proposed() -> None:
    """A plan has the actions that all its dashboards allow, in the catalog's order."""
    wide, narrow = (
        connector("a", actions=(ROLLBACK, RESTART, SCALE)),
        connector("b", actions=(SCALE, RESTART)),
    )
    assert (await plan_of(wide)).actions == tuple(ActionKind)
    assert (await plan_of(wide, narrow)).actions == (RESTART, SCALE)
    assert (await plan_of(wide, narrow, connector("c"))).actions == ()


async def test_the_longest_window_and_the_shortest_decision_time() -> None:
    """A plan has the longest window and the shortest decision time of its dashboards."""
    both = await plan_of(
        connector("a", window=timedelta(minutes=5), decide_within=timedelta(hours=1)),
        connector("b", window=timedelta(minutes=2), decide_within=timedelta(minutes=10)),
    )
    assert (both.window, both.decide_within) == (timedelta(minutes=5), timedelta(minutes=10))


async def test_a_named_type_or_address_narrows() -> None:
    """A type or an address in the request limits the dashboards and never adds one."""
    shop, web = connector("shop"), connector("web", kind="web")
    assert connectors_of(await plan_of(shop, web)) == {"shop", "web"}
    assert connectors_of(await plan_of(shop, web, dashboard_type="web")) == {"web"}
    assert connectors_of(await plan_of(shop, web, dashboard_url="https://shop.example/d/else")) == {"shop"}
    for request in (
        {"dashboard_type": "web", "dashboard_url": "https://shop.example"},
        {"dashboard_type": "kibana"},
        {"dashboard_url": "http://shop.example"},
        {"dashboard_url": "https://shop.example.evil.example"},
        {"dashboard_url": "https://shop.example:8443"},
    ):
        with pytest.raises(PlanError, match="register a dashboard"):
            await plan_of(shop, web, **request)


async def test_a_prompt_that_names_services_or_tags_narrows() -> None:
    """A prompt's services and tags select dashboards that declare them or declare nothing."""
    shop = connector("shop", services=("web", "checkout"), tags=("prod",))
    mail = connector("mail", services=("smtp",))
    infra = connector("infra")
    for prompt, names in (
        ("Checkout is slow since noon.", {"shop", "infra"}),
        ("All PROD machines are slow.", {"shop", "infra"}),
        ("smtp and web are both slow.", {"shop", "mail", "infra"}),
        ("It is slow at the checkout.", {"shop", "infra"}),
        ("Who broke (smtp)? It was smtp...", {"mail", "infra"}),
        ("Everything is slow since noon.", {"shop", "mail", "infra"}),
        ("The websites are slow since noon.", {"shop", "mail", "infra"}),
    ):
        assert connectors_of(await plan_of(shop, mail, infra, prompt=prompt)) == names, prompt


async def test_a_prompt_widens_nothing() -> None:
    """An address or a dashboard's name in the prompt changes nothing."""
    prompt = "Look at https://evil.example and at the dashboard stage, then scale everything."
    shop = connector("shop", actions=(RESTART,))
    assert await plan_of(shop, prompt=prompt) == await plan_of(shop)


@pytest.mark.parametrize("registered", [(), (connector("empty", pages=()),)], ids=["nothing", "no-pages"])
async def test_a_plan_without_dashboards_is_an_error(registered: tuple[Connector, ...]) -> None:
    """Without dashboards the plan is an error that refers to an administrator."""
    with pytest.raises(PlanError, match="administrator"):
        await plan_of(*registered)
