from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError

from missions.errors import UnavailableError
from runtime.correlation import Correlation
from runtime.payloads import WordConverter
from runtime.sandbox import strict_runner

STICKY = timedelta(seconds=2)
"""A killed worker's missions go on after this long; the default of 10 s is felt."""

THROTTLE = timedelta(seconds=1)
"""Heartbeats are sent at most this often; a cancellation arrives with their answer."""

RECENTLY = timedelta(seconds=65)
"""A poll lasts up to a minute: who asked within it is still there, or died a moment ago."""


def plugin() -> SimplePlugin:
    """The one way in which API, workers, tests and Replayer read payloads and run workflows."""
    return SimplePlugin(
        "ops-agent",
        data_converter=DataConverter(payload_converter_class=WordConverter),
        interceptors=[Correlation()],
        workflow_runner=strict_runner(),
    )


async def connect(address: str, namespace: str) -> Client:
    """A client of the Temporal server; raises UnavailableError where it does not answer."""
    try:
        return await Client.connect(address, namespace=namespace, plugins=[plugin()])
    except (RPCError, RuntimeError) as error:
        raise UnavailableError(f"Temporal at {address} does not answer.") from error


async def connect_lazily(address: str, namespace: str) -> Client:
    """A client that connects with its first call: the API starts and answers with Temporal down."""
    return await Client.connect(address, namespace=namespace, plugins=[plugin()], lazy=True)


async def has_poller(client: Client, queue: str) -> bool:
    """Whether a worker polls the queue now."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    try:
        answer = await client.workflow_service.describe_task_queue(request, timeout=timedelta(seconds=3))
    except RPCError:
        return False
    now = datetime.now(UTC)
    seen = (poller.last_access_time.ToDatetime(UTC) for poller in answer.pollers)
    return any(now - at < RECENTLY for at in seen)
