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

STICKY = timedelta(seconds=2)
"""A killed worker's missions go on after this long; the default of 10 s is felt."""

THROTTLE = timedelta(seconds=1)
"""Heartbeats are sent at most this often; a cancellation arrives with their answer."""

RECENTLY = timedelta(seconds=65)
"""A poll lasts up to a minute: who asked within it is still there, or died a moment ago."""


def plugin(codec: OrgCodec | None) -> SimplePlugin:
    """The one way in which API, workers, tests and Replayer read payloads and run workflows.

    Without a codec for who sends none: health checks, and tests that read what was sent.
    """
    return SimplePlugin(
        "ops-agent",
        data_converter=DataConverter(
            payload_converter_class=ModelPayloadConverter,
            payload_codec=codec,
            # An error's message may say what was seen: it is sealed, too.
            failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
        ),
        interceptors=[Correlation()],
        workflow_runner=strict_runner(),
    )


def keys_of(settings: ProcessSettings) -> PayloadKeys:
    """What this process seals and opens payloads with."""
    return PayloadKeys(listed(settings.payload_keys))


async def connected(settings: ProcessSettings) -> Client:
    """A client as a process has it, sealing what it sends. Raises UnavailableError."""
    codec = OrgCodec(keys_of(settings))
    return await connect(settings.temporal_address, settings.temporal_namespace, codec)


async def connect(address: str, namespace: str, codec: OrgCodec | None) -> Client:
    """A client of the Temporal server; raises UnavailableError where it does not answer."""
    try:
        return await Client.connect(address, namespace=namespace, plugins=[plugin(codec)])
    except (RPCError, RuntimeError) as error:
        raise UnavailableError(f"Temporal at {address} does not answer.") from error


async def connect_lazily(address: str, namespace: str, codec: OrgCodec) -> Client:
    """A client that connects with its first call: the API starts and answers with Temporal down."""
    return await Client.connect(address, namespace=namespace, plugins=[plugin(codec)], lazy=True)


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
