import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from runtime.local.private_files import write_private

FILE = "stack.json"
ADMINISTRATOR = "approver"
"""The one of the local stack's people who may administer it."""


class StackState(BaseModel):
    """The addresses and people of a running local stack; a file with mode 600 in its data directory."""

    api_url: str
    temporal_ui_url: str
    temporal_address: str
    people: dict[str, dict[str, str]]
    pids: dict[str, int]
    servers_s: float
    everything_s: float

    def write(self, data: Path) -> None:
        """Writes it for `ops-agent` in other terminals."""
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
        """Removes it: the stack has stopped."""
        (data / FILE).unlink(missing_ok=True)
