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
"""Temporal's header of an activity; its value is the correlation id of the request that began the mission."""


class Correlation(Interceptor):
    """Carries a request's correlation id from the brief to every activity, its log lines and its events."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  the SDK's name
        """Binds the log lines of each activity."""
        return _Bound(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002  the SDK's signature
    ) -> type[WorkflowInboundInterceptor]:
        """Reads the brief of each workflow."""
        return _Story


class _Story(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        self._verbs = _Verbs(outbound)
        super().init(self._verbs)

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401  the SDK's signature
        brief = input.args[0] if input.args else None
        if isinstance(brief, Brief):
            self._verbs.correlation = brief.correlation_id
        return await super().execute_workflow(input)


class _Verbs(WorkflowOutboundInterceptor):
    correlation = ""

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  as above
        self._mark(input)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  as above
        self._mark(input)
        return super().start_local_activity(input)

    def _mark(self, started: StartActivityInput | StartLocalActivityInput) -> None:
        if self.correlation:
            told = workflow.payload_converter().to_payload(self.correlation)
            started.headers = {**started.headers, HEADER: told}


class _Bound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401  the SDK's signature
        info, told = activity.info(), input.headers.get(HEADER)
        names = {"workflow": info.workflow_id, "activity": info.activity_type, "attempt": info.attempt}
        if told is not None:
            names["correlation_id"] = activity.payload_converter().from_payload(told, str)
        with structlog.contextvars.bound_contextvars(**names):
            began = time.monotonic()
            try:
                answer = await super().execute_activity(input)
            except BaseException as error:
                log.warning("activity failed", reason=str(error) or type(error).__name__)
                raise
            log.info("activity done", ms=round(1000 * (time.monotonic() - began)))
            return answer
