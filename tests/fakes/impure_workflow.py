import sqlalchemy
from temporalio import workflow


@workflow.defn
class ImpureWorkflow:
    """A story that reaches for the world."""

    @workflow.run
    async def run(self) -> str:
        """Which version of the world."""
        return sqlalchemy.__version__
