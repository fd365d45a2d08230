import re
from datetime import timedelta
from urllib.parse import urlsplit

from activities.ports import Connectors
from adapters.planners.environments import in_one_environment
from missions.connector import Connector
from missions.errors import PlanError
from missions.mission import Brief
from missions.plan import ActionKind, Plan


class RegistryPlanner:
    """Plans visits of every registered dashboard of one environment, or of the one that the operator named.

    Services, tags or an environment in the prompt narrow the selection; a prompt never adds a dashboard.
    """

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors

    async def plan(self, brief: Brief) -> Plan:
        """The plan. Raises PlanError where no registered dashboard matches."""
        connectors = await self._connectors.all(brief.org)
        # One without pages has nothing to look at yet, so its environment and rules count for nobody.
        watched = [connector for connector in connectors if connector.config.pages]
        matching = [connector for connector in watched if _matches(connector, brief)]
        selected = _named_in(in_one_environment(matching, brief.prompt), brief.prompt)
        targets = tuple(target for connector in selected for target in connector.targets())
        if not targets:
            raise PlanError("Ask an administrator to register a dashboard with pages.")
        configs = [connector.config for connector in selected]
        clusters = {config.cluster for config in configs}
        actions = [kind for kind in ActionKind if all(kind in config.actions for config in configs)]
        return Plan(
            targets=targets,
            window=max((config.window for config in configs), default=timedelta(minutes=15)),
            environment=configs[0].environment,
            cluster=clusters.pop() if len(clusters) == 1 else "",
            actions=tuple(actions),
            decide_within=min(config.decide_within for config in configs),
            settling=max((config.settling for config in configs), key=_total),
        )


def _total(waits: tuple[timedelta, ...]) -> timedelta:
    """The time until the last verification."""
    return sum(waits, timedelta())


def _named_in(connectors: list[Connector], prompt: str) -> list[Connector]:
    """The connectors whose services or tags the prompt names, and those that declare none.

    All connectors where the prompt names no service or tag.
    """
    words = _words(prompt)
    if not any(words & _names(connector) for connector in connectors):
        return connectors
    return [connector for connector in connectors if not (names := _names(connector)) or words & names]


def _words(prompt: str) -> set[str]:
    """The prompt's words in lower case, with and without the punctuation around them."""
    words = re.findall(r"[\w.-]+", prompt.lower())
    return {*words, *(word.strip(".-") for word in words)}


def _names(connector: Connector) -> set[str]:
    return {name.lower() for name in (*connector.config.services, *connector.config.tags)}


def _matches(connector: Connector, brief: Brief) -> bool:
    if brief.dashboard_type is not None and connector.type != brief.dashboard_type:
        return False
    return (
        brief.dashboard_url is None or urlsplit(brief.dashboard_url)[:2] == urlsplit(connector.base_url)[:2]
    )
