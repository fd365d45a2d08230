"""What a recording of the lab holds beside its dashboards: logs and traces, as files that people export."""

import tempfile
from datetime import datetime
from pathlib import Path

from adapters.incidents.folder import read_folder
from lab.recording.reader import Recording
from missions.errors import InvalidError
from rca.telemetry import Telemetry

_LOGS = ".log"
_SPANS = ".jsonl"


def files_of(recording: Recording, at: datetime) -> Telemetry | None:
    """The logs and traces as they were at this moment; None where there were none."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, ending in (("logs", _LOGS), ("spans", _SPANS)):
            for name in recording.files(kind):
                lines = recording.file(kind, name, at)
                if lines:
                    Path(folder, f"{name}-{kind}{ending}").write_text("\n".join(lines) + "\n")
        try:
            return read_folder(Path(folder))
        except InvalidError:
            return None
