import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from runtime.local import chromium
from runtime.local.chromium import NoChromiumError, find_chromium, wrapper

Until = Callable[..., Awaitable[None]]
HOLD = """
import asyncio, sys
from playwright.async_api import async_playwright
async def main():
    async with async_playwright() as play:
        options = {"executable_path": sys.argv[1], "args": [sys.argv[2]]}
        browser = await play.chromium.launch(chromium_sandbox=True, **options)
        await (await browser.new_page()).set_content("<h1>up</h1>")
        sys.stdout.write("up\\n"); sys.stdout.flush()
        await asyncio.Event().wait()
asyncio.run(main())
"""


def processes(mark: str) -> dict[int, str]:
    """The Chromium processes of one launch and their descendants: pid to command line."""
    # Zygotes write their command line with spaces.
    commands: dict[int, str] = {}
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            commands[int(path.name)] = (path / "cmdline").read_text().replace("\0", " ")
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    pids = {pid for pid, command in commands.items() if mark in command and " -c " not in command}
    while more := {pid for pid, parent in parents.items() if parent in pids} - pids:
        pids |= more
    return {pid: commands[pid] for pid in pids}


def namespaces(pid: int) -> list[Path]:
    return [Path(f"/proc/{pid}/ns/{kind}").readlink() for kind in ("user", "pid", "net")]


def status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def launchable(cache: Path) -> Path:
    try:
        if not find_chromium(None, cache).sandbox:
            pytest.skip("user namespaces are not allowed here: no sandbox")
    except NoChromiumError as error:
        pytest.skip(str(error))
    return wrapper(cache)


async def test_a_page_renders_with_the_sandbox_on(tmp_path: Path) -> None:
    """As root or not, Playwright gets a browser whose renderers run in their own namespaces."""
    mark = f"--ops-test={tmp_path.name}-{os.getpid()}"
    path = launchable(tmp_path)
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=path, chromium_sandbox=True, args=[mark])
        page = await browser.new_page()
        await page.set_content("<h1>drawn</h1>")
        assert await page.inner_text("h1") == "drawn"
        commands = processes(mark)
        spaces = {pid: namespaces(pid) for pid in commands}
        main = next(pid for pid, command in commands.items() if mark in command)
        renderers = [pid for pid, command in commands.items() if "--type=renderer" in command]
        assert renderers
        assert not any("--no-sandbox" in command for command in commands.values())
        for pid in renderers:
            assert all(mine != its for mine, its in zip(spaces[main], spaces[pid], strict=True))
            assert "Seccomp:\t2" in status(pid)
        await browser.close()


async def test_no_browser_outlives_the_process_that_launched_it(tmp_path: Path, until: Until) -> None:
    """No Chromium process is left 5 s after kill -9 of the worker."""
    mark = f"--ops-test={tmp_path.name}-{os.getpid()}"
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, str(launchable(tmp_path)), mark), stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"up\n"
    before = processes(mark)
    assert before
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    await until(
        lambda: not processes(mark) and not any(Path(f"/proc/{pid}/ns/user").exists() for pid in before), 5
    )


def test_a_configured_path_comes_first(tmp_path: Path) -> None:
    """The configured path is used; if it does not exist, that is an error and no other browser is used."""
    mine = tmp_path / "mine"
    mine.touch()
    assert find_chromium(mine, tmp_path).path == mine
    with pytest.raises(NoChromiumError, match="does not exist"):
        find_chromium(tmp_path / "none", tmp_path)


def test_where_nothing_can_be_installed_one_line_says_what_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If no browser can be installed, the setup succeeds with one line that says what works without it."""
    lines: list[str] = []
    monkeypatch.setattr(chromium, "_installed", lambda _: None)
    monkeypatch.setattr(chromium, "ways", lambda _: [])
    assert chromium.install(tmp_path, lines.append) is None
    assert len(lines) == 1
    assert "`make check` and the tests without a browser work" in lines[0]


def test_what_is_there_is_not_installed_again(tmp_path: Path) -> None:
    """A second installation does nothing and prints one line."""
    launchable(tmp_path)
    lines: list[str] = []
    assert chromium.install(tmp_path, lines.append) is not None
    assert len(lines) == 1
