from collections.abc import Sequence
from typing import Self

import structlog
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from missions.workflow_ids import organization_of
from runtime.payload_keys import SEALED, NotOursError, PayloadKeys

log = structlog.get_logger(__name__)


class OrgCodec(PayloadCodec, WithSerializationContext):
    """Seals payloads for the organization that the workflow's id names.

    It never raises: an error in a codec would fail the workflow's task for ever. A payload that is not
    sealed, or is sealed for another organization, stays as it is; a sealed one is refused where it is read.
    """

    def __init__(self, keys: PayloadKeys, org: str = "") -> None:
        self._keys = keys
        self._org = org

    def with_context(self, context: SerializationContext) -> Self:
        """The codec of one workflow and its activities."""
        match context:
            case WorkflowSerializationContext(workflow_id=str(workflow_id)):
                return type(self)(self._keys, organization_of(workflow_id) or "")
            case ActivitySerializationContext(workflow_id=str(workflow_id)):
                return type(self)(self._keys, organization_of(workflow_id) or "")
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypts with the organization's key. A payload without one gets a key that no codec server holds.

        Only the failure of a workflow that `runtime.workflow_starts` refuses is such a payload.
        """
        return [self._keys.seal(payload, self._org) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were before `encode`."""
        return [self._opened(payload) for payload in payloads]

    def _opened(self, payload: Payload) -> Payload:
        try:
            org, opened = self._keys.open(payload)
        except NotOursError:
            if payload.metadata.get("encoding") == SEALED:
                log.warning("a payload cannot be opened", organization=self._org)
            return payload
        if self._org not in ("", org):
            log.warning("a payload of another organization was refused", organization=self._org, other=org)
            return payload
        return opened
