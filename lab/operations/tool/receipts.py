"""What an idempotency key did: a key runs at most once."""

import contextlib
import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.operations.tool.balancers import replace

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class RunningError(RuntimeError):
    """The key's action runs still, or was cut off."""


class FailedError(RuntimeError):
    """The key's action failed after it had begun."""


@dataclass(frozen=True)
class Receipts:
    """A file for each key: {status: running | done | failed, detail}."""

    folder: Path

    def read(self, key: str) -> dict[str, Any] | None:
        """None for an unknown key. ValueError where it is no plain name."""
        with contextlib.suppress(FileNotFoundError):
            content: dict[str, Any] = json.loads(self._path(key).read_text(encoding="utf-8"))
            return content
        return None

    def begin(self, key: str) -> str | None:
        """Claims the key; the detail where it is done already. RunningError, FailedError."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        claim = path.with_name(f".{uuid.uuid4()}")
        claim.write_text(json.dumps({"status": "running"}), encoding="utf-8")
        try:
            path.hardlink_to(claim)  # complete for every reader, and only for one caller
        except FileExistsError:
            receipt = self.read(key) or {}
            if receipt.get("status") == "done":
                return str(receipt["detail"])
            if receipt.get("status") == "failed":
                raise FailedError(f"the action {key} failed: {receipt['detail']}") from None
            raise RunningError(f"the action {key} is still running") from None
        finally:
            claim.unlink()
        return None

    def finish(self, key: str, detail: str, *, done: bool) -> None:
        """Stores the result."""
        replace(self._path(key), json.dumps({"status": "done" if done else "failed", "detail": detail}))

    def forget(self, key: str) -> None:
        """Releases the claim of an action that was refused before anything was done."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("the key is no plain name")
        return self.folder / f"{key}.json"
