"""Refuses workflows whose id names no organization: no key would open their payloads again."""

from typing import Any

from temporalio import client, worker, workflow
from temporalio.exceptions import ApplicationError

from missions.errors import InvalidError
from missions.mission import FOREIGN
from missions.workflow_ids import organization_of


class RefuseStart(client.Interceptor):
    """In a client: raises InvalidError before a workflow or a Schedule is sent to Temporal."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:  # noqa: A002  the SDK's name
        """Checks the ids of what is started."""
        return _Starts(next)


class _Starts(client.OutboundInterceptor):
    async def start_workflow(self, input: client.StartWorkflowInput) -> client.WorkflowHandle[Any, Any]:  # noqa: A002  the SDK's name
        _check(input.id)
        return await super().start_workflow(input)

    async def create_schedule(self, input: client.CreateScheduleInput) -> client.ScheduleHandle:  # noqa: A002  as above
        if isinstance(action := input.schedule.action, client.ScheduleActionStartWorkflow):
            _check(action.id)
        return await super().create_schedule(input)


def _check(workflow_id: str) -> None:
    if organization_of(workflow_id) is None:
        raise InvalidError(f"The workflow id {workflow_id!r} names no organization.")


class RefuseExecution(worker.Interceptor):
    """In a worker: fails such a workflow of any other client with its first task, before its code runs."""

    def workflow_interceptor_class(
        self,
        input: worker.WorkflowInterceptorClassInput,  # noqa: A002, ARG002  the SDK's signature
    ) -> type[worker.WorkflowInboundInterceptor]:
        """Checks the id of each workflow."""
        return _Executions


class _Executions(worker.WorkflowInboundInterceptor):
    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401  the SDK's signature
        if organization_of(workflow.info().workflow_id) is None:
            raise ApplicationError("The workflow id names no organization.", type=FOREIGN, non_retryable=True)
        return await super().execute_workflow(input)
