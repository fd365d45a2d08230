from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

ALLOWED = (
    "missions",
    "activities",
    "workflows.policies",
    "workflows.activity_runner",
    "workflows.investigation",
    "workflows.approval_wait",
    "workflows.observation",
    "workflows.recovery",
    "workflows.remediation",
)
"""The modules that workflow code may import. The policy API is marked unstable: temporalio is pinned."""


def strict_runner() -> SandboxedWorkflowRunner:
    """A runner whose worker does not start where workflow code imports another module."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*ALLOWED)
    return SandboxedWorkflowRunner(
        restrictions=restrictions.with_import_notification_policy(
            SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
            | SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
        )
    )
