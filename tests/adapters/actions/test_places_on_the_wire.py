"""E4.3: where an actuator acts comes from its configuration; targets and gateways get the action's place."""

import json
from typing import Any
from uuid import UUID

import pytest
import samples as sample
from pydantic import ValidationError

from adapters.actions.configuration import ActuatorsFile
from adapters.actions.templates import fill, placeholder_values
from adapters.actions.webhook import _body
from adapters.gateways.http import request_body
from adapters.planners.registry import RegistryPlanner
from missions.connector import Connector, ConnectorConfig, PageConfig
from missions.errors import RefusedError
from missions.proposal import ActionPlace

MOVED = sample.proposal().action.model_copy(update={"cluster": "east", "namespace": "shop"})
WEBHOOK = {"type": "webhook", "organizations": ["demo"], "url": "https://hook.example", "secretFile": "s"}
SSH = {
    "type": "ssh",
    "organizations": ["demo"],
    "host": {"address": "h", "user": "ops", "keyFile": "k", "knownHosts": "k"},
    "commands": {"state": ["true"], "fields": {}, "actions": {"restart": ["true"]}},
}
KUBERNETES = {"type": "kubernetes", "organizations": ["demo"]}


@pytest.mark.parametrize(
    ("config", "place"),
    [
        (WEBHOOK | {"cluster": "east", "environment": "staging"}, ("east", "staging", "")),
        (SSH | {"namespace": "rack-7"}, ("", "", "rack-7")),
        (KUBERNETES | {"cluster": {"name": "東京", "namespace": "shop"}}, ("東京", "", "shop")),
        (KUBERNETES | {"cluster": {"namespace": "shop"}, "environment": "prod"}, ("", "prod", "shop")),
    ],
)
def test_e4_3_the_configuration_says_where_an_actuator_acts(
    config: dict[str, Any], place: tuple[str, str, str]
) -> None:
    """A kubeconfig's context is a local name and no place."""
    entry = {"name": "restart", "kind": "restart", "actuator": "a", "organizations": ["demo"]}
    file = ActuatorsFile.model_validate({"actuators": {"a": config}, "catalog": [entry]})
    cluster, environment, namespace = place
    expected = ActionPlace(cluster=cluster, environment=environment, namespace=namespace)
    assert file.actuators["a"].place == expected


def test_e4_3_targets_get_the_place() -> None:
    """In a webhook's body and as placeholders; without a place both are as before."""
    body = json.loads(_body(MOVED, "k", dry_run=False))
    assert (body["cluster"], body["namespace"]) == ("east", "shop")
    assert "cluster" not in json.loads(_body(sample.proposal().action, "k", dry_run=False))
    assert fill("kubectl --context {cluster}", placeholder_values("payments", MOVED)) == (
        "kubectl --context east"
    )
    with pytest.raises(RefusedError):
        fill("{cluster}", placeholder_values("payments", sample.proposal().action))


def test_e4_3_gateways_get_the_place() -> None:
    """A gateway of an earlier version refuses unknown fields: they are sent only where they say something."""
    moved = request_body("acme", UUID(int=1), sample.proposal(action=MOVED), "")
    assert (moved["context"]["cluster"], moved["candidates"][0]["action"]["cluster"]) == ("east", "east")
    plain = request_body("acme", UUID(int=1), sample.proposal(), "")
    assert "cluster" not in plain["context"]
    assert "cluster" not in plain["candidates"][0]["action"]


class ListedConnectors:
    """The connectors of an organization."""

    def __init__(self, *configs: ConnectorConfig) -> None:
        self._configs = configs

    async def all(self, org: str) -> list[Connector]:
        del org
        return [
            Connector(name=f"d{number}", type="web", base_url="http://d.example", config=config)
            for number, config in enumerate(self._configs)
        ]


def config(**changes: Any) -> ConnectorConfig:
    return ConnectorConfig(pages=(PageConfig(id="p", title="p"),), **changes)


@pytest.mark.parametrize(
    ("clusters", "cluster"), [(("east", "east"), "east"), (("east", "west"), ""), (("east", ""), "")]
)
async def test_e4_3_a_plan_has_the_cluster_of_all_its_dashboards(
    clusters: tuple[str, ...], cluster: str
) -> None:
    """Its targets have the cluster and the aliases of their own connectors."""
    configs = [config(cluster=name, aliases={"billing": ("pay-core",)}) for name in clusters]
    planner: Any = RegistryPlanner(ListedConnectors(*configs))  # type: ignore[arg-type]  # planning only reads
    plan = await planner.plan(sample.brief(prompt=""))
    assert plan.cluster == cluster
    assert tuple(target.cluster for target in plan.targets) == clusters
    assert plan.targets[0].aliases == {"billing": ("pay-core",)}


def test_e4_2_a_connector_refuses_contradicting_aliases() -> None:
    """The message names both services."""
    with pytest.raises(ValidationError, match="x is an alias of a and of b"):
        config(aliases={"a": ("x",), "b": ("x",)})
