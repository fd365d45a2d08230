import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

from missions.event import Verified
from missions.later_look import LATER_LOOK_WORKFLOW, LaterLook
from missions.mission import FOREIGN
from missions.verification import Recovery, Verification
from missions.workflow_ids import WorkflowKind, workflow_id
from workflows.activity_runner import ActivityRunner, innermost_message, shielded
from workflows.observation import Observation


@workflow.defn(name=LATER_LOOK_WORKFLOW)
class LaterLookWorkflow:
    """Looks at a recovered mission's pages again, and confirms its outcome or reopens it.

    It outlives the mission's workflow, which does not wait for it. Its one event has one key: a repeated look
    records nothing new.
    """

    @workflow.run
    async def run(self, look: LaterLook) -> Recovery:
        """Returns what the pages show. A look that fails or is cancelled leaves the outcome unconfirmed."""
        brief = look.brief
        if workflow.info().workflow_id != workflow_id(WorkflowKind.LATER_LOOK, brief.org, brief.mission_id):
            raise ApplicationError(
                "This workflow id belongs to no mission.", type=FOREIGN, non_retryable=True
            )
        activities = ActivityRunner(brief)
        try:
            await workflow.sleep(max(look.at - workflow.now(), timedelta()), summary="until it is due")
            verification = await Observation(brief, activities).verify(
                look.plan, look.diagnosis, look.before, look.since, look.service
            )
        except (FailureError, asyncio.CancelledError) as error:
            cancelled = is_cancelled_exception(error)
            reason = "it was cancelled" if cancelled else innermost_message(error)
            unknown = Verification(
                recovery=Recovery.UNKNOWN, reason=f"The later look did not happen: {reason}."
            )
            await shielded(_recorded(activities, look, unknown))
            if cancelled:
                raise
            return Recovery.UNKNOWN
        await _recorded(activities, look, verification)
        return verification.recovery


async def _recorded(activities: ActivityRunner, look: LaterLook, verification: Verification) -> None:
    try:
        await activities.record(Verified(approval_id=look.approval_id, verification=verification, final=True))
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        # The mission is gone with its organization: there is nothing to confirm.
        workflow.logger.warning("a later look was not recorded: %s", innermost_message(error))
