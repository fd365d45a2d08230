"""`python -m demo` prints one line if it cannot run."""

import subprocess
import sys
from pathlib import Path


def test_what_is_wrong_is_one_line(tmp_path: Path, root: Path) -> None:
    """An error exits with 1, prints no traceback, and keeps brackets, which are not read as markup."""
    data = tmp_path / ("deep" * 20) / "[" / "usr" / "lib" / "x]"
    data.parent.mkdir(parents=True)
    data.write_text("a file where a directory belongs")
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=root,
        env={"OPS_AGENT_DATA": str(data), "FAULT": "none"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 1
    assert "[/usr/lib/x]" in line
