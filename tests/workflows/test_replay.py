"""A changed workflow must go on with the histories of the one before. `make histories` records them anew."""

import base64
import json
from pathlib import Path

import pytest
from served_api import CODEC
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from missions.mission import Brief, Outcome
from missions.plan import Phase, Plan
from runtime.temporal import plugin
from workflows.mission import EMPTY_BRIEF, MissionWorkflow

HISTORIES = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))


@workflow.defn(name="MissionWorkflow")
class SameWorkflow(MissionWorkflow):
    """The story as it is, under another class."""

    @workflow.init
    def __init__(self, brief: Brief = EMPTY_BRIEF) -> None:
        super().__init__(brief)

    @workflow.run
    async def run(self, brief: Brief = EMPTY_BRIEF) -> Outcome:
        return await super().run(brief)


@workflow.defn(name="MissionWorkflow")
class ChangedWorkflow(MissionWorkflow):
    """The story with one more look, as somebody might deploy it over running missions."""

    @workflow.init
    def __init__(self, brief: Brief = EMPTY_BRIEF) -> None:
        super().__init__(brief)

    @workflow.run
    async def run(self, brief: Brief = EMPTY_BRIEF) -> Outcome:
        return await super().run(brief)

    async def _plan(self, brief: Brief) -> Plan:
        plan = await super()._plan(brief)
        await self._observation.observe(plan.model_copy(update={"targets": plan.targets[:1]}), Phase.BEFORE)
        return plan


def history(path: Path) -> WorkflowHistory:
    """Under the id that it had: the story looks at its own."""
    content = json.loads(path.read_text())
    begun = content["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(begun["workflowId"], content)


def outcome(path: Path) -> Outcome:
    """How it ended, from what its report was asked for."""
    asked = [
        event["activityTaskScheduledEventAttributes"]
        for event in json.loads(path.read_text())["events"]
        if "activityTaskScheduledEventAttributes" in event
    ]
    (report,) = [event for event in asked if event["activityType"]["name"] == "report"]
    chapter = json.loads(base64.b64decode(report["input"]["payloads"][0]["data"]))
    return Outcome(chapter["outcome"])


def open_replayer(story: type[MissionWorkflow]) -> Replayer:
    """Without the sandbox: its allow-list would refuse a test's workflow before it is run."""
    return Replayer(
        workflows=[story],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )


def test_every_end_is_recorded() -> None:
    """A replay of nothing proves nothing: there is a history for each way in which a mission can end."""
    assert {outcome(path) for path in HISTORIES} == set(Outcome)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_replays(path: Path) -> None:
    """The workflow of today makes the choices of the history, in the sandbox of production."""
    replayer = Replayer(workflows=[MissionWorkflow], plugins=[plugin(CODEC)])
    await replayer.replay_workflow(history(path))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_changed_story_does_not_replay(path: Path) -> None:
    """The proof that the test above can fail: one more verb is noticed, and nothing but the verb is."""
    await open_replayer(SameWorkflow).replay_workflow(history(path))
    with pytest.raises(workflow.NondeterminismError):
        await open_replayer(ChangedWorkflow).replay_workflow(history(path))
