"""Executes a program that dies with its parent and, on request, is not root to itself or gives way to others.

Run by path: `python -I -S tether.py [--nobody] [--background] [--parent PID] -- argv…`. Stdlib only.
"""

import ctypes
import os
import pwd
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def become_nobody(libc: ctypes.CDLL) -> None:
    """Makes this process `nobody` to itself and root to the disk. Exits with one line if it cannot.

    Servers that refuse to run as root then run, and their files belong to root: no useradd, no chown.
    """
    nobody, uid, gid = pwd.getpwnam("nobody"), os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        _drop_to_nobody(nobody, os.strerror(ctypes.get_errno()))
        return
    try:
        for name, value in (
            ("setgroups", "deny"),  # the kernel wants it before gid_map
            ("uid_map", f"{nobody.pw_uid} {uid} 1"),
            ("gid_map", f"{nobody.pw_gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123  pathlib costs 10 ms
                file.write(value)
    except OSError as error:
        sys.exit(
            f"a user namespace may not be mapped here ({error}): run as an ordinary user instead of root"
        )


def _drop_to_nobody(nobody: pwd.struct_passwd, why: str) -> None:
    """Changes to the user `nobody`, if the working directory (the server's data) belongs to it."""
    here = os.getcwd()  # noqa: PTH109  pathlib costs 10 ms at every start
    if os.stat(here).st_uid != nobody.pw_uid:  # noqa: PTH116  as above
        sys.exit(
            f"user namespaces are not allowed here ({why}): run as an ordinary user, "
            f"or give the data directory to nobody (chown -R nobody {here})"
        )
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def give_way() -> None:
    """Leaves one core to others, as far as that is allowed; on the rest it has its usual share.

    With a low priority it would get nothing of a machine whose cores are all busy, as in an incident.
    """
    try:
        cores = os.sched_getaffinity(0)
        if len(cores) > 1:
            os.sched_setaffinity(0, cores - {min(cores)})
    except OSError:
        pass


def main(argv: list[str]) -> None:
    """Sets the death signal, changes the identity and the cores, and executes the program."""
    options, program = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
    libc = ctypes.CDLL(None, use_errno=True)
    if "--nobody" in options and os.geteuid() == 0:
        become_nobody(libc)
    if "--background" in options:
        give_way()
    # After the change of identity: the kernel clears the death signal when credentials change.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if "--parent" in options and os.getppid() != int(options[options.index("--parent") + 1]):
        sys.exit("the parent died before this process was tied to it")
    try:
        os.execv(program[0], program)  # noqa: S606  no shell is wanted
    except OSError as error:
        sys.exit(f"cannot run {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
