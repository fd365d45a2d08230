"""What the product of a local stack may change: its actuators' file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from missions.catalog import CatalogEntry
from runtime.local.private_files import private_directory, write_private


@dataclass(frozen=True)
class StackTargets:
    """Actuators by name and the catalog, as in docs/actions.md; secrets are in files of their own."""

    actuators: Mapping[str, Mapping[str, Any]]
    catalog: tuple[CatalogEntry, ...]

    def write(self, folder: Path) -> Path:
        """Writes the actuators' file (mode 600) and returns its path."""
        file = private_directory(folder) / "actuators.json"
        catalog = [entry.model_dump(mode="json", by_alias=True) for entry in self.catalog]
        write_private(file, json.dumps({"actuators": dict(self.actuators), "catalog": catalog}, indent=1))
        return file
