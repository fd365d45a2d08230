import time
from typing import Any

import structlog
from temporalio import activity, workflow
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from missions.mission import Brief

log = structlog.get_logger(__name__)
HEADER = "correlation-id"
"""The header of an activity in Temporal: the correlation id of the request that created the mission."""


class Correlation(Interceptor):
    """Carries a request's correlation id from the brief to every activity, its log lines and its events."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  the SDK's name
        """Binds the log lines of each activity."""
        return _BoundLog(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002  the SDK's signature
    ) -> type[WorkflowInboundInterceptor]:
        """Reads the brief of each workflow."""
        return _BriefReader


class _BriefReader(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        self._activities = _MarkedActivities(outbound)
        super().init(self._activities)

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401  the SDK's signature
        brief = input.args[0] if input.args else None
        if isinstance(brief, Brief):
            self._activities.correlation = brief.correlation_id
        return await super().execute_workflow(input)


class _MarkedActivities(WorkflowOutboundInterceptor):
    correlation = ""

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  as above
        self._mark(input)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  as above
        self._mark(input)
        return super().start_local_activity(input)

    def _mark(self, started: StartActivityInput | StartLocalActivityInput) -> None:
        if self.correlation:
            value = workflow.payload_converter().to_payload(self.correlation)
            started.headers = {**started.headers, HEADER: value}


class _BoundLog(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401  the SDK's signature
        info, header = activity.info(), input.headers.get(HEADER)
        names = {"workflow": info.workflow_id, "activity": info.activity_type, "attempt": info.attempt}
        if header is not None:
            names["correlation_id"] = activity.payload_converter().from_payload(header, str)
        with structlog.contextvars.bound_contextvars(**names):
            began = time.monotonic()
            try:
                result = await super().execute_activity(input)
            except BaseException as error:
                log.warning("activity failed", reason=str(error) or type(error).__name__)
                raise
            log.info("activity done", ms=round(1000 * (time.monotonic() - began)))
            return result
