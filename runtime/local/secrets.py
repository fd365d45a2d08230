import json
import secrets
import threading
from pathlib import Path

from runtime.local.private_files import private_directory, write_private

BYTES = 24


class SecretFile:
    """Random secrets by name, kept in `<data>/secrets.json` (mode 600)."""

    def __init__(self, data: Path) -> None:
        self._path = private_directory(data) / "secrets.json"
        self._guard = threading.Lock()
        stored = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._secrets: dict[str, str] = stored

    def get(self, name: str) -> str:
        """The secret of that name, 48 hex digits (safe in URLs, ACL files, JSON), made at the first call."""
        with self._guard:
            if name not in self._secrets:
                self._secrets[name] = secrets.token_hex(BYTES)
                write_private(self._path, json.dumps(self._secrets, indent=1, sort_keys=True))
            return self._secrets[name]
