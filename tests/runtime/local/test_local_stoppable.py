import subprocess
import sys
from pathlib import Path


def test_a_second_sigterm_does_not_interrupt_the_cleanup(root: Path) -> None:
    """The first one cancels the work; its cleanup ends, and the process has the exit code of a stop."""
    program = root / "tests" / "fakes" / "slow_cleanup.py"
    with subprocess.Popen(
        [sys.executable, "-u", str(program)],
        env={"PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        process.terminate()
        assert process.stdout.readline() == "cleaning\n"
        process.terminate()
        output, _ = process.communicate(timeout=60)
    assert (output, process.returncode) == ("cleaned\n", 130)
