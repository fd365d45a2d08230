"""Workflow ids are built and parsed in one place, and each contains its organization."""

from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.workflow_ids import (
    SCHEDULED,
    WorkflowKind,
    mission_workflow_id,
    organization_of,
    schedule_id,
    workflow_id,
)

SLUGS = st.from_regex(r"[a-z][a-z0-9-]{1,30}", fullmatch=True)
FIRST = datetime(1970, 1, 1)  # noqa: DTZ001  hypothesis takes naive ones
KEY = UUID("0190f3a1-7c00-7000-8000-0123456789ab")


@given(organization=SLUGS, key=st.uuids(), kind=st.sampled_from(sorted(set(WorkflowKind) - SCHEDULED)))
def test_each_workflow_id_names_its_organization(organization: str, key: UUID, kind: WorkflowKind) -> None:
    """The organization is read back from ids of every kind, also if its slug contains a kind's name."""
    assert organization_of(workflow_id(kind, organization, key)) == organization


@given(
    organization=SLUGS,
    at=st.datetimes(min_value=FIRST),
    kind=st.sampled_from(sorted(SCHEDULED)),
)
def test_a_schedule_and_its_workflows_name_their_organization(
    organization: str, at: datetime, kind: WorkflowKind
) -> None:
    """The organization is read from a Schedule's id, also after Temporal appended the start time."""
    schedule = schedule_id(kind, organization)
    assert organization_of(schedule) == organization
    assert organization_of(f"{schedule}-{at:%Y-%m-%dT%H:%M:%SZ}") == organization


@pytest.mark.parametrize("organization", ["mission", "test", "dashboard-test", "health-a", "a1-2026-11-24"])
def test_a_slug_that_looks_like_another_part_stays_whole(organization: str) -> None:
    """A slug that looks like another part of the id is read back unchanged."""
    for kind in set(WorkflowKind) - SCHEDULED:
        assert organization_of(workflow_id(kind, organization, KEY)) == organization
    assert organization_of(f"dashboards-health-{organization}-2026-11-24T21:45:09Z") == organization


def test_stored_ids_keep_their_text() -> None:
    """The ids keep their format, because Temporal stores them and replays histories with them."""
    assert mission_workflow_id("acme", KEY) == f"mission-acme-{KEY}"
    assert [workflow_id(kind, "acme", KEY) for kind in sorted(set(WorkflowKind) - SCHEDULED)] == [
        f"dashboard-detection-acme-{KEY}",
        f"dashboard-reseal-acme-{KEY}",
        f"dashboard-search-acme-{KEY}",
        f"dashboard-test-acme-{KEY}",
        f"later-look-acme-{KEY}",
        f"mission-acme-{KEY}",
        f"print-acme-{KEY}",
    ]
    assert schedule_id(WorkflowKind.DASHBOARDS_HEALTH, "acme") == "dashboards-health-acme"


@pytest.mark.parametrize(
    "other",
    [
        "",
        "mission-acme",
        "mission-ACME",
        f"mission-{KEY}",
        f"somebody-elses-acme-{KEY}",
        f"dashboard-acme-{KEY}",
    ],
)
def test_an_id_of_another_form_names_no_organization(other: str) -> None:
    """An id of another form has no organization; such a workflow is refused when it starts."""
    assert organization_of(other) is None
