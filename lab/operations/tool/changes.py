"""The append-only record of what operators changed."""

import json
import os
import time

from lab.operations.tool.layout import Layout


def record(layout: Layout, service: str, kind: str, who: str, **values: object) -> None:
    """Appends a line {time (epoch s), service, kind, who, …}: one write, so that lines do not mix."""
    content = {"time": round(time.time(), 3), "service": service, "kind": kind, "who": who} | values
    line = json.dumps({name: value for name, value in content.items() if value is not None}) + "\n"
    descriptor = os.open(layout.changes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
