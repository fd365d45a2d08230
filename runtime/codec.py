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

from missions.mission import org_of
from runtime.payload_keys import SEALED, NotOursError, PayloadKeys

log = structlog.get_logger(__name__)


class OrgCodec(PayloadCodec, WithSerializationContext):
    """What Temporal keeps of an organization is sealed for it; the workflow's id says for which.

    What is not sealed, or for somebody else, stays as it is: a codec that raised would make the workflow's
    task fail for ever. What is sealed and stays so is no word of ours, and is refused where it is read.
    """

    def __init__(self, keys: PayloadKeys, org: str = "") -> None:
        self._keys = keys
        self._org = org

    def with_context(self, context: SerializationContext) -> Self:
        """The codec of one workflow and its activities."""
        match context:
            case WorkflowSerializationContext(workflow_id=str(known)):
                return type(self)(self._keys, org_of(known))
            case ActivitySerializationContext(workflow_id=str(known)):
                return type(self)(self._keys, org_of(known))
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Sealed; where no organization is known, for nobody, whom no codec server answers."""
        return [self._keys.seal(one, self._org) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """As they were before `encode`."""
        return [self._opened(one) for one in payloads]

    def _opened(self, payload: Payload) -> Payload:
        try:
            org, opened = self._keys.open(payload)
        except NotOursError:
            if payload.metadata.get("encoding") == SEALED:
                log.warning("a payload does not open", org=self._org)
            return payload
        if self._org not in ("", org):
            log.warning("a payload of another organization was refused", org=self._org, found=org)
            return payload
        return opened
