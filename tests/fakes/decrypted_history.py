"""A workflow's decrypted history as text."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from served_api import CODEC
from temporalio.api.common.v1 import Header, Payload, SearchAttributes
from temporalio.client import WorkflowHandle

READABLE = (SearchAttributes, Header)
"""Messages that stay readable for search and correlation."""


async def decrypted_history(handle: WorkflowHandle[Any, Any]) -> str:
    """Every event with its payloads decrypted."""
    events = []
    for event in (await handle.fetch_history()).events:
        for payload in payloads_of(event):
            payload.CopyFrom((await CODEC.decode([payload]))[0])
        events.append(str(event))
    return "\n".join(events)


def payloads_of(message: Message) -> Iterator[Payload]:
    """Every payload of the message, except those that stay readable."""
    for field, value in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE:
            continue
        if isinstance(value, Mapping):
            inner = list(value.values())
        else:
            inner = list(value) if field.is_repeated else [value]
        for part in inner:
            if isinstance(part, Payload):
                yield part
            elif isinstance(part, Message) and not isinstance(part, READABLE):
                yield from payloads_of(part)
