import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runtime.local.apt import apt_install, apt_possible
from runtime.local.chromium_npm import unpack
from runtime.local.commands import run

NPM_PACKAGE = "@sparticuz/chromium@153.0.0"


@dataclass(frozen=True)
class Way:
    """One way to install Chromium; `install` returns the error as one line, or None."""

    name: str
    possible: Callable[[], bool]
    install: Callable[[], str | None]


def ways(cache: Path) -> list[Way]:
    """The ways, in the order to try. Each inherits our environment, which configures package clients."""
    return [
        Way("Debian's chromium-headless-shell", apt_possible, _apt),
        Way("Playwright's build", lambda: True, _playwright),
        Way(f"npm {NPM_PACKAGE}", _npm_possible, lambda: _npm(cache)),
    ]


def npm_launcher(cache: Path) -> Path:
    """The npm build's start script, installed or not."""
    return cache.absolute() / "chromium-npm" / "launch"


def _apt() -> str | None:
    return apt_install("chromium-headless-shell", "fonts-dejavu-core")


def _playwright() -> str | None:
    return run([sys.executable, "-m", "playwright", "install", "chromium-headless-shell"])


def _npm_possible() -> bool:
    return shutil.which("npm") is not None and platform.machine() == "x86_64"


def _npm(cache: Path) -> str | None:
    cache.mkdir(parents=True, exist_ok=True)
    home = npm_launcher(cache).parent
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        scratch = Path(temporary)
        if trouble := run(["npm", "pack", "--silent", "--pack-destination", str(scratch), NPM_PACKAGE]):
            return trouble
        try:
            unpack(next(scratch.glob("*.tgz")), scratch / "build", home)
        except (OSError, ValueError, ImportError, StopIteration) as error:
            return f"{type(error).__name__}: {error}"
        shutil.rmtree(home, ignore_errors=True)
        (scratch / "build").rename(home)
    return None
