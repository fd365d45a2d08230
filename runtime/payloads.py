from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.exceptions import ApplicationError

from missions.mission import FOREIGN, Brief


class ModelPayloadConverter(PydanticPayloadConverter):
    """Pydantic's JSON. A wrong brief fails its workflow: else Temporal would retry its task for ever."""

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """The values as pydantic reads them. ApplicationError for a wrong brief, without its content."""
        try:
            values = super().from_payloads(payloads, type_hints)
        except ValidationError:
            if type_hints != [Brief]:  # a result of another version: a worker of that version reads it
                raise
            values = [None]
        if type_hints == [Brief] and not isinstance(values[0], Brief):
            raise ApplicationError("This is not the brief of a mission.", type=FOREIGN, non_retryable=True)
        return values
