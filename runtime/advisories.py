"""`npm audit --json | python -m runtime.advisories LOCK`: known vulnerabilities of what is locked.

A plain word where no advisory database can be asked.
"""

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


def python_told(lock: str) -> tuple[str, bool]:
    """A line about the locked Python packages, and whether it is bad."""
    for service in SERVICES:
        told = asked(lock, service)
        checked = [one for one in told if "skip_reason" not in one]
        if not checked:
            continue
        bad = [one for one in checked if one["vulns"]]
        names = (f" {one['name']} ({', '.join(found['id'] for found in one['vulns'])})" for one in bad)
        line = f"audit: {len(checked)} of {len(told)} checked by {service}, {len(bad)} vulnerable"
        return ":".join([line, *names]), bool(bad)
    return "audit: no advisory database can be reached from here; nothing was checked", False


def console_told(answer: str) -> tuple[str, bool]:
    """The same about the console's packages: bad is what is rated high or critical."""
    try:
        counted = json.loads(answer)["metadata"]
        found, total = counted["vulnerabilities"], counted["dependencies"]["total"]
        bad = {kind: int(found[kind]) for kind in ("critical", "high", "moderate", "low")}
    except (ValueError, KeyError, TypeError):
        return "npm audit: no advisory database can be reached from here; nothing was checked", False
    kinds = ", ".join(f"{number} {kind}" for kind, number in bad.items())
    return f"npm audit: {total} checked, {kinds}", bad["critical"] + bad["high"] > 0


def main(lock: str, npm: str) -> int:
    """0: nothing known is bad, or nobody could be asked (and it says so). 1: what was found."""
    told = [python_told(lock), console_told(npm)]
    for line, _ in told:
        sys.stdout.write(line + "\n")
    return 1 if any(bad for _, bad in told) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.stdin.read()))
