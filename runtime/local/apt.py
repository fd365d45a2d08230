"""Installs Debian packages without starting their services."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.local.commands import run

POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian asks this program before a package starts a service; 101 says no."""


def apt_possible() -> bool:
    """Whether this process is root and apt is installed."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str, services: tuple[str, ...] = ()) -> str | None:
    """Returns the error as one line, or None. The packages' `services` start neither now nor at boot."""
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    install = [*quiet, "install", "-y", "--no-install-recommends", *packages]
    with _no_services():
        trouble = run([*quiet, "update"]) or run(install)
    if trouble is None and shutil.which("systemctl"):
        for service in services:
            run(["systemctl", "disable", service])  # where there is no systemd, nothing starts at boot
    return trouble


@contextmanager
def _no_services() -> Iterator[None]:
    if POLICY.exists():  # the machine has a policy of its own
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
