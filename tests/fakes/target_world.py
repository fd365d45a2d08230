"""A target of actions whose state is a file, shared by a shell, an MCP server and a webhook.

As a program: `target_world.py FILE state|restart|scale|rollback SERVICE [VALUE] [KEY]`.
"""

import fcntl
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NO_SUCH_SERVICE = 4
_START = {"replicas": 2, "revision": 3, "version": "v3", "previousRevision": 2, "restarts": 0}


class TargetWorld:
    """Counts every effect in `effects`."""

    def __init__(self, file: Path, service: str = "payments") -> None:
        self.file = file
        if not file.exists():
            file.write_text(json.dumps({"services": {service: _START}, "effects": [], "mood": ""}))

    @property
    def effects(self) -> list[list[str]]:
        """(key, verb) of every effect."""
        return list(self._read()["effects"])

    def turn(self, mood: str) -> None:
        """Sets the mood: `hang` waits for a change, `lose` loses the response, `refuse` refuses."""
        self._change(lambda world: world.update(mood=mood))

    @property
    def mood(self) -> str:
        """The current mood."""
        return str(self._read()["mood"])

    def state(self, service: str) -> dict[str, Any] | None:
        """The service now, or None."""
        row = self._read()["services"].get(service)
        return None if row is None else {"service": service, **row}

    def do(self, verb: str, service: str, value: int | None, key: str) -> str:
        """Has the effect. Raises ValueError if it is refused."""
        results: list[str] = []
        self._change(lambda world: results.append(_done(world, verb, service, value, key)))
        while self.mood == "hang":  # another process changes the mood
            time.sleep(0.05)
        return results[0]

    def _read(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.file.read_text())
        return content

    def _change(self, change: Callable[[dict[str, Any]], object]) -> None:
        with self.file.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            world = json.load(file)
            change(world)
            text = json.dumps(world)
            file.seek(0)
            file.write(text)
            file.truncate()


def _done(world: dict[str, Any], verb: str, service: str, value: int | None, key: str) -> str:
    if world["mood"] == "refuse":
        raise ValueError("not today")
    row = world["services"][service]
    world["effects"].append([key, verb])
    match verb:
        case "restart":
            row["restarts"] += 1
        case "scale":
            row["replicas"] = value
        case "rollback":
            row |= {"revision": value, "version": f"v{value}", "previousRevision": None}
    return f"{verb} of {service} is done"


def main(arguments: list[str]) -> int:
    """Exits with 4 for an unknown service, as systemctl does."""
    file, verb, service, *rest = arguments
    world = TargetWorld(Path(file))
    state = world.state(service)
    if state is None:
        return NO_SUCH_SERVICE
    if verb == "state":
        sys.stdout.writelines(f"{name}={'' if value is None else value}\n" for name, value in state.items())
        return 0
    value = int(rest.pop(0)) if verb in {"scale", "rollback"} else None
    try:
        sys.stdout.write(world.do(verb, service, value, rest[0]) + "\n")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
