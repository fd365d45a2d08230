"""Finds Debian's Prometheus and Alertmanager; `python -m demo.monitoring.programs` installs them."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runtime.local.apt import apt_install, apt_possible

PACKAGES = ("prometheus", "prometheus-alertmanager")


@dataclass(frozen=True)
class MonitoringPrograms:
    """The two executables of Debian's packages, whose systemd services are never started."""

    prometheus: Path
    alertmanager: Path

    @classmethod
    def find(cls) -> Self | None:
        """None where one of them is missing."""
        prometheus, alertmanager = (shutil.which(name, path="/usr/local/bin:/usr/bin") for name in PACKAGES)
        return cls(Path(prometheus), Path(alertmanager)) if prometheus and alertmanager else None


def install() -> str:
    """Installs both where apt and root allow it. Returns one line with the result."""
    if MonitoringPrograms.find() is not None:
        return "Prometheus and Alertmanager: Debian's"
    if not apt_possible():
        return "Prometheus is not installed (apt needs root); the demo runs without it"
    error = apt_install(*PACKAGES, services=PACKAGES)
    if error is None and MonitoringPrograms.find() is not None:
        return "Prometheus and Alertmanager: Debian's, installed now"
    return f"Prometheus is not installed ({error or 'apt installed nothing'}); the demo runs without it"


if __name__ == "__main__":
    sys.stdout.write(install() + "\n")
