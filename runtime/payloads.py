from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.exceptions import ApplicationError

from missions.mission import FOREIGN, Brief


class ModelPayloadConverter(PydanticPayloadConverter):
    """Pydantic's JSON. What is no brief ends its workflow: else Temporal would try it again for ever."""

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """As pydantic reads it. ApplicationError for a wrong brief, without its content."""
        try:
            values = super().from_payloads(payloads, type_hints)
        except ValidationError:
            if type_hints != [Brief]:  # a result of another version: it waits for the right worker
                raise
            values = [None]
        if type_hints == [Brief] and not isinstance(values[0], Brief):
            raise ApplicationError("This is no mission's brief.", type=FOREIGN, non_retryable=True)
        return values
