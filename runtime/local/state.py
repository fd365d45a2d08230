import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from runtime.local.private_files import write_private

FILE = "stack.json"


class StackState(BaseModel):
    """Where a running local stack is found, and with which people; mode 600 in its data directory."""

    api_url: str
    temporal_ui_url: str
    temporal_address: str
    people: dict[str, dict[str, str]]
    pids: dict[str, int]
    servers_s: float
    everything_s: float

    def write(self, data: Path) -> None:
        """For `ops-agent` in other terminals."""
        write_private(data / FILE, self.model_dump_json(indent=1))

    @classmethod
    def read(cls, data: Path) -> Self | None:
        """The running stack, or None."""
        try:
            return cls.model_validate(json.loads((data / FILE).read_text()))
        except FileNotFoundError:
            return None

    @staticmethod
    def forget(data: Path) -> None:
        """No stack runs any more."""
        (data / FILE).unlink(missing_ok=True)
