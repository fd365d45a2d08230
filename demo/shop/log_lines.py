import json
import sys
from datetime import UTC, datetime
from typing import Literal

from demo.shop.replica_spec import ReplicaSpec

Level = Literal["info", "warn", "error"]


class LogLines:
    """Writes JSON log lines of one replica to its standard output, where the cluster gathers them."""

    def __init__(self, spec: ReplicaSpec) -> None:
        self._who = {"service": spec.service, "replica": spec.replica, "version": spec.version}

    def write(
        self,
        level: Level,
        message: str,
        *,
        trace_id: str | None = None,
        status: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """One line; absent fields are left out, the duration is written in milliseconds."""
        line: dict[str, object] = {
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **self._who,
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
