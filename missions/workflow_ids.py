"""The ids of all Temporal workflows. Each names its organization, whose key seals the workflow's payloads.

`<kind>-<organization>-<UUID>`, or `<kind>-<organization>` for a Temporal Schedule, which appends the time to
the id of each workflow that it starts. Temporal stores the ids: their text cannot change.
"""

import re
from enum import StrEnum
from uuid import UUID


class WorkflowKind(StrEnum):
    """What a workflow id begins with. A kind that is missing here cannot be started."""

    MISSION = "mission"
    LATER_LOOK = "later-look"
    PRINT = "print"
    DASHBOARD_TEST = "dashboard-test"
    DASHBOARD_SEARCH = "dashboard-search"
    DASHBOARD_DETECTION = "dashboard-detection"
    DASHBOARD_RESEAL = "dashboard-reseal"
    DASHBOARDS_HEALTH = "dashboards-health"


SCHEDULED = frozenset({WorkflowKind.DASHBOARDS_HEALTH})
"""Kinds that a Schedule starts."""

_ORGANIZATION = "(?P<organization>[a-z][a-z0-9-]{1,30})"
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\dT[0-9:]+Z"
_PATTERNS = tuple(
    re.compile(f"{kind}-{_ORGANIZATION}" + (f"(?:-{_TIME})?" if kind in SCHEDULED else f"-{_UUID}"))
    for kind in WorkflowKind
)


def workflow_id(kind: WorkflowKind, organization: str, key: UUID) -> str:
    """The id of a workflow. Only one with the same id runs at a time: `key` says what excludes what."""
    return f"{kind}-{organization}-{key}"


def mission_workflow_id(organization: str, mission_id: UUID) -> str:
    """The id of a mission's own workflow."""
    return workflow_id(WorkflowKind.MISSION, organization, mission_id)


def schedule_id(kind: WorkflowKind, organization: str) -> str:
    """The id of an organization's Schedule, and the base of the ids of its workflows."""
    return f"{kind}-{organization}"


def organization_of(workflow_id: str) -> str | None:
    """The organization that the id of a workflow or Schedule names; None for an id of another form."""
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(workflow_id):
            return match["organization"]
    return None
