"""Finds Chromium, wraps it, and installs it: `python -m runtime.local.chromium --cache DIR`."""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runtime.local.chromium_install import npm_launcher, ways
from runtime.local.processes import TETHER, tethered

# The browsers themselves, not the scripts in /usr/bin: a script would stay as the browser's parent and get
# the death signal instead of it.
DEBIAN = {
    "Debian chromium-headless-shell": (
        "/usr/lib/chromium/chromium-headless-shell",
        "chromium-headless-shell",
    ),
    "Debian chromium": ("/usr/lib/chromium/chromium", "chromium"),
}
PLAYWRIGHT = (
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium_headless_shell-*/*/headless_shell",
    "chromium-*/*/chrome",
)
# Chromium's sandbox creates a user namespace: so does this probe.
PROBE = "import ctypes,sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"


class NoChromiumError(RuntimeError):
    """No Chromium was found; the message says how to get one."""


@dataclass(frozen=True)
class Chromium:
    """A browser, whether its sandbox can be on (through `wrapper`), and its source."""

    path: Path
    sandbox: bool
    how: str


def find_chromium(configured: Path | None, cache: Path) -> Chromium:
    """The configured browser, or the first of Debian's, Playwright's and the npm build in `cache`.

    NoChromiumError if there is none, or the configured one does not exist. Blocks for about 50 ms.
    """
    if configured is not None:
        if not configured.is_file():
            message = f"the configured Chromium {configured} does not exist"
            raise NoChromiumError(message)
        return Chromium(configured, _sandbox_possible(), "configured")
    installed = _installed(cache)
    if installed is None:
        message = "no Chromium found: run `make setup`, or configure the path of one"
        raise NoChromiumError(message)
    path, how = installed
    return Chromium(path, _sandbox_possible(), how)


def wrapper(cache: Path, configured: Path | None = None) -> Path:
    """An executable for Playwright's `executable_path`: Chromium that dies with its parent.

    For root it runs as `nobody` in a user namespace, so that `chromium_sandbox=True` works. NoChromiumError.
    """
    chromium = find_chromium(configured, cache)
    nobody = ["--nobody"] if os.geteuid() == 0 and chromium.sandbox else []
    command = shlex.join([sys.executable, "-I", "-S", str(TETHER), *nobody])
    script = f'#!/bin/sh\nexec {command} --parent "$PPID" -- {shlex.quote(str(chromium.path))} "$@"\n'
    cache.mkdir(parents=True, exist_ok=True)
    path = cache.absolute() / "chromium"
    if not path.exists() or path.read_text() != script:
        # Renamed: a script that is half written, or still open for writing, cannot be run.
        fresh = path.with_name(f".chromium.{os.getpid()}")
        fresh.write_text(script)
        fresh.chmod(0o755)
        fresh.replace(path)
    return path


def install(cache: Path, progress: Callable[[str], None]) -> Chromium | None:
    """Installs Chromium if needed in the first way that works. None, with one line, if none does."""
    if _installed(cache) is None:
        for way in ways(cache):
            if way.possible():
                progress(f"installing Chromium: {way.name}")
                trouble = way.install()
                if trouble is None and _installed(cache) is not None:
                    break
                progress(f"that did not work: {trouble or 'nothing was installed'}")
    if _installed(cache) is None:
        progress(
            "Chromium cannot be installed here (neither with apt as root, nor playwright install, nor npm): "
            "`make check` and the tests without a browser work, missions do not; "
            "with one of your own: CHROMIUM=path"
        )
        return None
    chromium = find_chromium(None, cache)
    sandbox = "possible" if chromium.sandbox else "not possible here"
    progress(f"Chromium: {chromium.how}, {chromium.path}, sandbox {sandbox}")
    return chromium


def _installed(cache: Path) -> tuple[Path, str] | None:
    for how, names in DEBIAN.items():
        for name in names:
            path = shutil.which(name)
            if path and not Path(path).resolve().is_relative_to("/snap"):
                return Path(path), how
    for pattern in PLAYWRIGHT:
        builds = (Path.home() / ".cache" / "ms-playwright").glob(pattern)
        # The highest revision, as a number: the latest driver has installed it.
        if newest := max(builds, key=lambda path: int(path.parts[-3].rpartition("-")[2]), default=None):
            return newest, "Playwright's build"
    npm = npm_launcher(cache)
    return (npm, "npm build") if npm.exists() else None


def _sandbox_possible() -> bool:
    probe = tethered([sys.executable, "-I", "-S", "-c", PROBE], nobody=True)
    return subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def main() -> None:
    """The command; its lines go to stdout."""
    parser = argparse.ArgumentParser(
        prog="python -m runtime.local.chromium", description="Install Chromium if needed"
    )
    parser.add_argument("--cache", type=Path, required=True, help="directory for downloaded builds")
    cache = parser.parse_args().cache

    def write(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    install(cache, write)


if __name__ == "__main__":
    main()
