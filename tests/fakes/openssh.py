"""The path of OpenSSH's server; `python tests/fakes/openssh.py` installs it with apt and root."""

import os
import shutil
import sys

from runtime.local.apt import apt_install, apt_possible

PACKAGE = "openssh-server"
NEEDED = f"OpenSSH's sshd is not installed: apt-get install {PACKAGE}"


def sshd() -> str | None:
    """The path of the program, or None."""
    return shutil.which("sshd", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")


def install() -> str:
    """Installs sshd without starting it; returns one line about the result."""
    if sshd() is not None:
        return "OpenSSH's sshd: installed"
    if not apt_possible():
        return "no OpenSSH sshd here (it comes with apt, as root): its tests are skipped"
    trouble = apt_install(PACKAGE, services=("ssh.socket", "ssh"))
    if trouble is None and sshd() is not None:
        return "OpenSSH's sshd: installed now"
    return f"no OpenSSH sshd here ({trouble or 'nothing was installed'}): its tests are skipped"


if __name__ == "__main__":
    sys.stdout.write(install() + "\n")
