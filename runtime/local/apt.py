"""Debian packages, installed quietly and without what they would start."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.local.commands import run

POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian asks this program before a package starts a service; 101 says no."""


def apt_possible() -> bool:
    """Whether we are root and there is apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str, services: tuple[str, ...] = ()) -> str | None:
    """None, or in one line what went wrong. The packages' `services` start neither now nor at boot."""
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    install = [*quiet, "install", "-y", "--no-install-recommends", *packages]
    with _starting_nothing():
        trouble = run([*quiet, "update"]) or run(install)
    if trouble is None and shutil.which("systemctl"):
        for service in services:
            run(["systemctl", "disable", service])  # where there is no systemd, nothing starts at boot
    return trouble


@contextmanager
def _starting_nothing() -> Iterator[None]:
    if POLICY.exists():  # this machine has a rule of its own, and whoever wrote it has a reason
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
