"""Where Debian puts Prometheus and Alertmanager: `python -m demo.monitoring.programs` installs them."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runtime.local.apt import apt_install, apt_possible

PACKAGES = ("prometheus", "prometheus-alertmanager")


@dataclass(frozen=True)
class Programs:
    """The two servers of Debian's packages; their own services are never started."""

    prometheus: Path
    alertmanager: Path

    @classmethod
    def find(cls) -> Self | None:
        """None where one of them is missing."""
        found = [shutil.which(name, path="/usr/local/bin:/usr/bin") for name in PACKAGES]
        first, second = (Path(path) if path else None for path in found)
        return cls(first, second) if first and second else None


def install() -> str:
    """Makes sure that they are there where apt and root allow it; one line that says what is so."""
    if Programs.find() is not None:
        return "Prometheus and Alertmanager: Debian's"
    if not apt_possible():
        return "no Prometheus here (it comes with apt, as root): the demo goes on without it"
    trouble = apt_install(*PACKAGES, services=PACKAGES)
    if trouble is None and Programs.find() is not None:
        return "Prometheus and Alertmanager: Debian's, installed now"
    return f"no Prometheus here ({trouble or 'nothing was installed'}): the demo goes on without it"


if __name__ == "__main__":
    sys.stdout.write(install() + "\n")
