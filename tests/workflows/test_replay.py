"""A changed workflow must replay the histories of the previous one; `make histories` records them anew.

Those in a folder were recorded before a patch, of which the folder has the name.
"""

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

HISTORIES = sorted((Path(__file__).parents[1] / "histories").rglob("*.json"))


@workflow.defn(name="MissionWorkflow")
class SameWorkflow(MissionWorkflow):
    """The unchanged workflow in another class."""

    @workflow.init
    def __init__(self, brief: Brief = EMPTY_BRIEF) -> None:
        super().__init__(brief)

    @workflow.run
    async def run(self, brief: Brief = EMPTY_BRIEF) -> Outcome:
        return await super().run(brief)


@workflow.defn(name="MissionWorkflow")
class ChangedWorkflow(MissionWorkflow):
    """The workflow with one more observation, as a deployment might change it during running missions."""

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


def history_name(path: Path) -> str:
    """The file's name; with its folder where it was recorded before a patch."""
    folder = path.parent.name
    return path.stem if folder == "histories" else f"{folder}/{path.stem}"


def history(path: Path) -> WorkflowHistory:
    """The history under its original id, because the workflow reads its own id."""
    content = json.loads(path.read_text())
    begun = content["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(begun["workflowId"], content)


def outcome(path: Path) -> Outcome:
    """The mission's outcome, from the input of its report."""
    scheduled = [
        event["activityTaskScheduledEventAttributes"]
        for event in json.loads(path.read_text())["events"]
        if "activityTaskScheduledEventAttributes" in event
    ]
    (report,) = [event for event in scheduled if event["activityType"]["name"] == "report"]
    report_input = json.loads(base64.b64decode(report["input"]["payloads"][0]["data"]))
    return Outcome(report_input["outcome"])


def open_replayer(workflow_class: type[MissionWorkflow]) -> Replayer:
    """A replayer without the sandbox, whose allow-list would refuse a workflow of a test."""
    return Replayer(
        workflows=[workflow_class],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )


def test_every_end_is_recorded() -> None:
    """There is a history for each outcome of a mission's own workflow; a later look has one of its own."""
    assert {outcome(path) for path in HISTORIES} == set(Outcome) - {Outcome.RELAPSED}


@pytest.mark.parametrize("path", HISTORIES, ids=history_name)
async def test_replays(path: Path) -> None:
    """The current workflow replays each history in the sandbox of production."""
    replayer = Replayer(workflows=[MissionWorkflow], plugins=[plugin(CODEC)])
    await replayer.replay_workflow(history(path))


@pytest.mark.parametrize("path", HISTORIES, ids=history_name)
async def test_a_changed_story_does_not_replay(path: Path) -> None:
    """An additional activity breaks the replay, and another class does not: the test above can fail."""
    await open_replayer(SameWorkflow).replay_workflow(history(path))
    with pytest.raises(workflow.NondeterminismError):
        await open_replayer(ChangedWorkflow).replay_workflow(history(path))
