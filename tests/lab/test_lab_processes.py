"""What a running lab uses, and what a killed one leaves behind."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lab.leftovers import end_leftovers, unmount_leftovers
from lab.usage import Usage, measure, table
from runtime.local.apt import apt_possible

SLEEPER = [sys.executable, "-S", "-c", "import time; print(flush=True); time.sleep(60)"]
HOLDER = (
    "import subprocess, sys; log = open(sys.argv[1], 'w');"
    "child = subprocess.Popen([sys.executable, '-S', '-c', 'while True: pass'], stderr=log);"
    "print(flush=True); sys.stdin.read(); child.kill()"
)


def test_only_processes_in_the_directory_are_ended(tmp_path: Path) -> None:
    """A process that works in the lab's directory is killed, also once its folder is gone; others live on."""
    run, beside = tmp_path / "run-250", tmp_path / "run-2500"
    folders = [run / "nginx", run / "gone", beside]
    for folder in folders:
        folder.mkdir(parents=True)
    inside, gone, other = (
        subprocess.Popen(SLEEPER, cwd=folder, stdout=subprocess.PIPE) for folder in folders
    )
    try:
        for process in (inside, gone, other):
            assert process.stdout
            process.stdout.readline()
        folders[1].rmdir()
        assert end_leftovers(run)
        assert not psutil.pid_exists(inside.pid)
        assert not psutil.pid_exists(gone.pid)
        assert other.poll() is None
        assert end_leftovers(run) == []
    finally:
        for process in (inside, gone, other):
            process.kill()
            process.communicate()


def test_a_shell_in_the_directory_lives_on(tmp_path: Path) -> None:
    """A person looks at the logs of a lab that was killed."""
    controller, terminal = pty.openpty()
    shell = [sys.executable, "-S", "-c", "import os; os.login_tty(0); print(flush=True); input()"]
    try:
        with subprocess.Popen(shell, cwd=tmp_path, stdin=terminal, start_new_session=True) as process:
            try:
                assert os.read(controller, 10)
                assert end_leftovers(tmp_path) == []
                assert process.poll() is None
            finally:
                process.kill()
    finally:
        os.close(terminal)
        os.close(controller)


@pytest.mark.skipif(
    not apt_possible(), reason="the lab, which needs root, is not installed: apt-get install nginx"
)
def test_what_a_killed_lab_mounted_is_unmounted(tmp_path: Path) -> None:
    """The file system of a fault would keep the directory from being emptied."""
    volume = tmp_path / "run-250" / "volume"
    volume.mkdir(parents=True)
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(volume)], check=True)
    unmount_leftovers(tmp_path / "run-250")
    assert not volume.is_mount()


def test_a_process_is_measured_under_the_name_of_its_log(tmp_path: Path) -> None:
    """A busy child uses about a core (less on a busy machine) and has memory; its name is its log's."""
    command = [sys.executable, "-S", "-c", HOLDER, str(tmp_path / "nginx.log")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as lab:
        try:
            assert lab.stdout
            lab.stdout.readline()
            usages = {usage.name: usage for usage in measure(lab.pid, 0.5)}
        finally:
            lab.communicate()
    assert set(usages) == {"lab", "nginx"}
    assert usages["nginx"].processes == 1
    assert usages["nginx"].cpu > 0.02
    assert usages["nginx"].memory > 500_000
    assert os.sysconf("SC_PAGE_SIZE") <= usages["lab"].memory


def test_the_table_has_a_sum() -> None:
    """Each component is a line; the last one is their sum."""
    lines = table([Usage("nginx", 2, 3_000_000, 0.01), Usage("redis", 1, 2_000_000, 0.005)]).splitlines()
    assert lines[1].split() == ["nginx", "2", "3.0", "1.0"]
    assert lines[-1].split() == ["all", "3", "5.0", "1.5"]
