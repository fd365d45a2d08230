"""`python -m runtime.advisories LOCK`: pip-audit on the lock, and a plain word where it cannot ask."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

DEADLINE_S = 300
SERVICES = ("pypi", "osv")


def asked(lock: str, service: str) -> list[dict[str, Any]]:
    """What the service knows of each dependency; empty where it does not answer."""
    tool = str(Path(sys.executable).with_name("pip-audit"))
    options = ["--progress-spinner", "off", "--timeout", "20"]
    options += [
        "--disable-pip",
        "--no-deps",
        "--progress-spinner",
        "off",
        "--timeout",
        "20",
        "--format",
        "json",
    ]
    try:
        done = subprocess.run(
            [tool, "--requirement", lock, "--vulnerability-service", service, *options],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        told: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return told


def main(lock: str) -> int:
    """0: no known vulnerability, or nobody could be asked (and it says so). 1: what was found."""
    for service in SERVICES:
        told = asked(lock, service)
        checked = [one for one in told if "skip_reason" not in one]
        if not checked:
            continue
        bad = [one for one in checked if one["vulns"]]
        for one in bad:
            ids = ", ".join(found["id"] for found in one["vulns"])
            sys.stdout.write(f"{one['name']} {one['version']}: {ids}\n")
        sys.stdout.write(
            f"audit: {len(checked)} of {len(told)} checked by {service}, {len(bad)} vulnerable\n"
        )
        return 1 if bad else 0
    sys.stdout.write("audit: no advisory database can be reached from here; nothing was checked\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
