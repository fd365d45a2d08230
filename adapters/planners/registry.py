import re
from datetime import timedelta
from urllib.parse import urlsplit

from activities.ports import Connectors
from missions.connector import Connector
from missions.errors import PlanError
from missions.mission import Brief
from missions.plan import ActionKind, Plan


class RegistryPlanner:
    """Looks at every registered dashboard, or at the one that the operator named.

    A prompt that names services or tags narrows; it never widens where a browser may go.
    """

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors

    async def plan(self, brief: Brief) -> Plan:
        """Raises PlanError where no registered dashboard fits."""
        fitting = [one for one in await self._connectors.all(brief.org) if _fits(one, brief)]
        chosen = _meant(fitting, brief.prompt)
        targets = tuple(target for one in chosen for target in one.targets())
        if not targets:
            raise PlanError("Ask an administrator to register a dashboard with pages.")
        environments = sorted({one.config.environment for one in chosen})
        if len(environments) > 1:  # else a rule for one environment could allow an action in another
            raise PlanError(f"Name a dashboard: those registered are of {' and '.join(environments)}.")
        actions = [kind for kind in ActionKind if all(kind in one.config.actions for one in chosen)]
        return Plan(
            targets=targets,
            window=max((one.config.window for one in chosen), default=timedelta(minutes=15)),
            environment=environments[0],
            actions=tuple(actions),
            decide_within=min(one.config.decide_within for one in chosen),
            settling=max((one.config.settling for one in chosen), key=_in_all),
        )


def _in_all(waits: tuple[timedelta, ...]) -> timedelta:
    """How long the last look at the target waits."""
    return sum(waits, timedelta())


def _meant(connectors: list[Connector], prompt: str) -> list[Connector]:
    """Those whose services or tags the prompt names, and those that declare none; all where it names none.

    It only ever narrows: a prompt cannot name what is not registered.
    """
    words = set(re.findall(r"[\w.-]+", prompt.lower()))
    meant = [one for one in connectors if words & _names(one)]
    return [one for one in connectors if one in meant or not _names(one)] if meant else connectors


def _names(connector: Connector) -> set[str]:
    return {name.lower() for name in (*connector.config.services, *connector.config.tags)}


def _fits(connector: Connector, brief: Brief) -> bool:
    if brief.dashboard_type is not None and connector.type != brief.dashboard_type:
        return False
    return (
        brief.dashboard_url is None or urlsplit(brief.dashboard_url)[:2] == urlsplit(connector.base_url)[:2]
    )
