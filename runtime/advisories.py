"""`npm audit --json | python -m runtime.advisories LOCK`: known vulnerabilities of the locked packages.

One line each for Python and the console. Without an advisory database the line says that nothing was checked.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

DEADLINE_S = 300
SERVICES = ("pypi", "osv")
OPTIONS = (
    *("--disable-pip", "--no-deps"),  # the lock file names every package: none has to be resolved
    *("--progress-spinner", "off", "--timeout", "20", "--format", "json"),
)


def query(lock: str, service: str) -> list[dict[str, Any]]:
    """pip-audit's entry for each locked package; empty where the service does not answer."""
    tool = str(Path(sys.executable).with_name("pip-audit"))
    try:
        audit = subprocess.run(
            [tool, "--requirement", lock, "--vulnerability-service", service, *OPTIONS],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        packages: list[dict[str, Any]] = json.loads(audit.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return packages


def python_report(lock: str) -> tuple[str, bool]:
    """A line about the locked Python packages, and whether one is vulnerable."""
    for service in SERVICES:
        packages = query(lock, service)
        checked = [package for package in packages if "skip_reason" not in package]
        if not checked:
            continue
        vulnerable = [package for package in checked if package["vulns"]]
        names = (
            f" {package['name']} ({', '.join(advisory['id'] for advisory in package['vulns'])})"
            for package in vulnerable
        )
        line = f"audit: {len(checked)} of {len(packages)} checked by {service}, {len(vulnerable)} vulnerable"
        return ":".join([line, *names]), bool(vulnerable)
    return "audit: no advisory database can be reached from here; nothing was checked", False


def console_report(audit: str) -> tuple[str, bool]:
    """The same for the console's packages, from npm's JSON: whether one is rated high or critical."""
    try:
        metadata = json.loads(audit)["metadata"]
        counts, total = metadata["vulnerabilities"], metadata["dependencies"]["total"]
        ratings = {rating: int(counts[rating]) for rating in ("critical", "high", "moderate", "low")}
    except (ValueError, KeyError, TypeError):
        return "npm audit: no advisory database can be reached from here; nothing was checked", False
    words = ", ".join(f"{count} {rating}" for rating, count in ratings.items())
    return f"npm audit: {total} checked, {words}", ratings["critical"] + ratings["high"] > 0


def main(lock: str, npm: str) -> int:
    """Prints both lines. 1 where one reports a vulnerability, else 0, also where nothing was checked."""
    reports = [python_report(lock), console_report(npm)]
    for line, _ in reports:
        sys.stdout.write(line + "\n")
    return 1 if any(vulnerable for _, vulnerable in reports) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.stdin.read()))
