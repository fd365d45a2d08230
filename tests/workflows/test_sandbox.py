"""The sandbox refuses an impure workflow when its worker starts."""

import pytest
from impure_workflow import ImpureWorkflow
from temporalio.client import Client
from temporalio.worker import Worker


async def test_a_story_that_imports_the_world_does_not_start(temporal: Client) -> None:
    """A workflow that imports SQLAlchemy is refused when its worker is created."""
    with pytest.raises(RuntimeError, match="ImpureWorkflow") as raised:
        Worker(temporal, task_queue="impure", workflows=[ImpureWorkflow])
    assert "sqlalchemy" in str(raised.value.__cause__)
