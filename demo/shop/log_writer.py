import json
import sys
from datetime import UTC, datetime
from typing import Literal

from demo.shop.replica_spec import ReplicaSpec

Level = Literal["info", "warn", "error"]


class LogWriter:
    """Writes JSON log lines of one replica to its standard output, which the cluster reads."""

    def __init__(self, spec: ReplicaSpec) -> None:
        self._labels = {"service": spec.service, "replica": spec.replica, "version": spec.version}

    def write(
        self,
        level: Level,
        message: str,
        *,
        trace_id: str | None = None,
        status: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Writes one line, with the duration in milliseconds; None leaves a field out."""
        line: dict[str, object] = {
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **self._labels,
            "level": level,
            "message": message,
        }
        if trace_id is not None:
            line["traceId"] = trace_id
        if status is not None:
            line["status"] = status
        if seconds is not None:
            line["durationMs"] = round(seconds * 1000, 1)
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
