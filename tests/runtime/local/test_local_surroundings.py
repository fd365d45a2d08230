"""The local stack handles full disks, broken proxies and missing user namespaces."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from runtime.local.free_space import DiskFullError, check_free_space
from runtime.local.processes import TETHER
from runtime.local.stack import LocalStack

PROXIES = {
    name: "http://127.0.0.1:9"
    for word in ("http_proxy", "https_proxy", "all_proxy")
    for name in (word, word.upper())
}
WITHOUT_NAMESPACES = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'


def test_a_nearly_full_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nearly full disk stops the start with one line, before the directory is created."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=120_000_000))
    data = tmp_path / "new" / "data"
    with pytest.raises(DiskFullError, match="only 120 MB are free"):
        LocalStack(data, lambda _: None)
    assert not data.parent.exists()
    monkeypatch.undo()
    check_free_space(data)


async def test_servers_start_with_proxies_that_lead_nowhere(tmp_path: Path) -> None:
    """All clients connect to loopback directly, although the environment sets broken proxies."""
    script = Path(__file__).with_name("stack_process.py")
    arguments = (str(script), str(tmp_path), "postgres,valkey,seaweedfs,temporal")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **PROXIES},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        summary = json.loads(await asyncio.wait_for(process.stdout.readline(), 45))
        assert len(summary["pids"]) == 4
    finally:
        process.terminate()
        await process.wait()


def test_without_user_namespaces_root_is_told_what_to_do(tmp_path: Path) -> None:
    """Without user namespaces root gets one line of advice instead of a server that refuses root."""
    tether = [sys.executable, "-I", "-S", str(TETHER), "--nobody", "--", "/bin/true"]
    inside = ["unshare", "--user", "--map-root-user", "sh", "-c", WITHOUT_NAMESPACES, "sh"]
    if subprocess.run([*inside[:3], "true"], capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are forbidden here already")
    ended = subprocess.run([*inside, *tether], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "run as an ordinary user" in ended.stderr


def test_without_user_namespaces_chromium_is_found_without_its_sandbox(tmp_path: Path, root: Path) -> None:
    """Without user namespaces Chromium is found, and its sandbox is reported as unavailable."""
    code = (
        "from pathlib import Path; from runtime.local.chromium import find_chromium; "
        f"print(find_chromium(Path('/bin/true'), Path({str(tmp_path)!r})).sandbox)"
    )
    inside = ["unshare", "--user", "--map-root-user", "sh", "-c", WITHOUT_NAMESPACES, "sh"]
    if subprocess.run([*inside[:3], "true"], capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are forbidden here already")
    ended = subprocess.run(
        [*inside, sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert (ended.stdout.strip(), ended.stderr) == ("False", "")
