"""The files of a recording: JSON, compressed with lzma, written as one folder or not at all."""

import json
import lzma
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.recording.paths import with_neutral_paths
from lab.recording.thinning import fitted

MAX_FOLDER_BYTES = 700_000
"""How large one recording may be."""
MAX_TOTAL_BYTES = 50_000_000
"""How large all committed recordings may be together."""
TRUTH = "truth.json"
"""The file without which a folder is no recording. It is not compressed: people read it."""

_ENDING = ".json.xz"


class TooLargeError(ValueError):
    """A recording is larger than a recording may be; the message has the size of each file."""


def write_folder(folder: Path, truth: str, files: Mapping[str, Any]) -> int:
    """Writes `truth.json` and each value as `<name>.json.xz`; returns the folder's size in bytes.

    Repeats of routine log lines are left out where the folder would be too large. It appears complete: it is
    written beside its place and renamed. TooLargeError above the limit. Runs at low priority.
    """
    truth = with_neutral_paths(truth)
    content, _ = fitted(files, MAX_FOLDER_BYTES - len(truth.encode()) - 1)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        (draft / TRUTH).write_text(truth + "\n", encoding="utf-8")
        for name, data in content.items():
            (draft / f"{name}{_ENDING}").write_bytes(data)
        size = folder_bytes(draft)
        if size > MAX_FOLDER_BYTES:
            sizes = {path.name: path.stat().st_size for path in sorted(draft.iterdir())}
            raise TooLargeError(f"{folder.name} has {size} bytes, at most {MAX_FOLDER_BYTES}: {sizes}")
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return size


def read_file(folder: Path, name: str) -> Any:  # noqa: ANN401  JSON of any shape
    """The value of `<name>.json.xz`. OSError, lzma.LZMAError or ValueError where it cannot be read."""
    return json.loads(lzma.decompress((folder / f"{name}{_ENDING}").read_bytes()))


def folder_bytes(folder: Path) -> int:
    """The size of all files of a folder, its own folders included."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def recordings_in(root: Path) -> list[Path]:
    """The folders of all complete recordings below `root`, in order of their names."""
    return sorted(
        (path.parent for path in root.glob(f"*/{TRUTH}") if not path.parent.name.startswith(".")),
        key=lambda folder: folder.name,
    )


def remove_drafts(root: Path, incident_id: str) -> None:
    """Removes what a recorder that was killed left of this incident."""
    for path in root.glob(f".{incident_id}.*"):
        shutil.rmtree(path, ignore_errors=True)
