import shlex
import subprocess
from collections.abc import Sequence

TIMEOUT_S = 900


def run(command: Sequence[str]) -> str | None:
    """Runs it; returns None or, in one line, the error or the exit code with the last line of output."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    last = [line for line in done.stdout.splitlines() if line.strip()][-1:]
    return f"{shlex.join(command)} ended with code {done.returncode}: {''.join(last)}"
