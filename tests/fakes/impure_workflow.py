import sqlalchemy
from temporalio import workflow


@workflow.defn
class ImpureWorkflow:
    """A workflow that accesses a module outside the sandbox."""

    @workflow.run
    async def run(self) -> str:
        """The version of that module."""
        return sqlalchemy.__version__
