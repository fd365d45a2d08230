"""A changed workflow must go on with the histories of the one before. `make histories` records them anew."""

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from missions.mission import Brief, Outcome
from missions.plan import Phase, Plan
from runtime.temporal import plugin
from workflows.mission import MissionWorkflow

HISTORIES = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))
EXPECTED = {
    "recovered",
    "denied",
    "expired",
    "cancelled-waiting",
    "cancelled-acting",
    "healthy",
    "failed",
    "timed-out-waiting",
    "timed-out-acting",
    "quarantined",
}


@workflow.defn(name="MissionWorkflow")
class SameWorkflow(MissionWorkflow):
    """The story as it is, under another class."""

    @workflow.init
    def __init__(self, brief: Brief) -> None:
        super().__init__(brief)

    @workflow.run
    async def run(self, brief: Brief) -> Outcome:
        return await super().run(brief)


@workflow.defn(name="MissionWorkflow")
class ChangedWorkflow(MissionWorkflow):
    """The story with one more look, as somebody might deploy it over running missions."""

    @workflow.init
    def __init__(self, brief: Brief) -> None:
        super().__init__(brief)

    @workflow.run
    async def run(self, brief: Brief) -> Outcome:
        return await super().run(brief)

    async def _plan(self, brief: Brief) -> Plan:
        plan = await super()._plan(brief)
        await self._observe(plan.model_copy(update={"targets": plan.targets[:1]}), Phase.BEFORE)
        return plan


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"mission-demo-{path.stem}", path.read_text())


def open_replayer(story: type[MissionWorkflow]) -> Replayer:
    """Without the sandbox: its allow-list would refuse a test's workflow before it is run."""
    return Replayer(
        workflows=[story],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )


def test_the_important_paths_are_recorded() -> None:
    """A replay of nothing proves nothing."""
    assert {path.stem for path in HISTORIES} >= EXPECTED


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_replays(path: Path) -> None:
    """The workflow of today makes the choices of the history, in the sandbox of production."""
    replayer = Replayer(workflows=[MissionWorkflow], plugins=[plugin()])
    await replayer.replay_workflow(history(path))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_changed_story_does_not_replay(path: Path) -> None:
    """The proof that the test above can fail: one more verb is noticed, and nothing but the verb is."""
    await open_replayer(SameWorkflow).replay_workflow(history(path))
    with pytest.raises(workflow.NondeterminismError):
        await open_replayer(ChangedWorkflow).replay_workflow(history(path))
