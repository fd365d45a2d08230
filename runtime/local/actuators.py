"""What the product of a local stack may change: its actuators' file, and its policy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from missions.catalog import CatalogEntry
from runtime.local.private_files import private_directory, write_private

POLICY = Path(__file__).resolve().parents[2] / "policy" / "demo.json"
"""A second person agrees to every action."""


@dataclass(frozen=True)
class StackTargets:
    """Actuators by name and the catalog, as in docs/actions.md; secrets are in files of their own.

    `policy` is the file of the rules that decide about each action.
    """

    actuators: Mapping[str, Mapping[str, Any]]
    catalog: tuple[CatalogEntry, ...]
    policy: Path = POLICY

    def write(self, folder: Path) -> Path:
        """Writes the actuators' file (mode 600) and returns its path."""
        file = private_directory(folder) / "actuators.json"
        catalog = [entry.model_dump(mode="json", by_alias=True) for entry in self.catalog]
        write_private(file, json.dumps({"actuators": dict(self.actuators), "catalog": catalog}, indent=1))
        return file
