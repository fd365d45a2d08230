from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError

from missions.errors import UnavailableError
from runtime.codec import OrgCodec
from runtime.correlation import Correlation
from runtime.payload_keys import PayloadKeys
from runtime.payloads import ModelPayloadConverter
from runtime.sandbox import strict_runner
from runtime.setting_types import listed
from runtime.settings import ProcessSettings
from runtime.workflow_starts import RefuseExecution, RefuseStart

STICKY = timedelta(seconds=2)
"""How long Temporal waits for a worker that was killed; with the default of 10 s, people notice."""

THROTTLE = timedelta(seconds=1)
"""Heartbeats are sent at most this often. A cancellation arrives with the response to one."""

RECENTLY = timedelta(seconds=65)
"""A poll lasts up to a minute: a worker that began one within this time runs, or has ended just now."""


def plugin(codec: OrgCodec | None) -> SimplePlugin:
    """How API, workers, tests and Replayer read payloads and run workflows.

    Without a codec for clients that send no payload (health checks), and for tests that read payloads.
    """
    return SimplePlugin(
        "ops-agent",
        data_converter=DataConverter(
            payload_converter_class=ModelPayloadConverter,
            payload_codec=codec,
            # An error's message may quote what was observed: it is sealed, too.
            failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
        ),
        interceptors=[Correlation(), RefuseExecution(), *([RefuseStart()] if codec else [])],
        workflow_runner=strict_runner(),
    )


def keys_of(settings: ProcessSettings) -> PayloadKeys:
    """The keys that this process seals and opens payloads with."""
    return PayloadKeys(listed(settings.payload_keys))


async def connected(settings: ProcessSettings) -> Client:
    """A client that seals its payloads. Raises UnavailableError."""
    codec = OrgCodec(keys_of(settings))
    return await connect(settings.temporal_address, settings.temporal_namespace, codec)


async def connect(address: str, namespace: str, codec: OrgCodec | None) -> Client:
    """A client of the Temporal server. Raises UnavailableError where it does not answer."""
    try:
        return await Client.connect(address, namespace=namespace, plugins=[plugin(codec)])
    except (RPCError, RuntimeError) as error:
        raise UnavailableError(f"Temporal at {address} does not answer.") from error


async def connect_lazily(address: str, namespace: str, codec: OrgCodec) -> Client:
    """A client that connects with its first call: the API starts and responds without Temporal."""
    return await Client.connect(address, namespace=namespace, plugins=[plugin(codec)], lazy=True)


async def has_poller(client: Client, queue: str) -> bool:
    """Whether a worker polls the queue now."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    try:
        response = await client.workflow_service.describe_task_queue(request, timeout=timedelta(seconds=3))
    except RPCError:
        return False
    now = datetime.now(UTC)
    polls = (poller.last_access_time.ToDatetime(UTC) for poller in response.pollers)
    return any(now - at < RECENTLY for at in polls)
