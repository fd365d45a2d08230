"""`python -m lab.operations.tool RUN verb service …`: what `<run>/bin/ops` runs.

`--who NAME` before the verb names the caller; `--remote LINE` runs a line from another machine instead.
"""

import sys
from pathlib import Path

from lab.operations.tool.commands import FAILED, CommandResult, run, run_remote
from lab.operations.tool.layout import Layout


def main(argv: list[str]) -> int:
    """Returns the exit code. The result goes to standard output, an error to standard error."""
    folder, *rest = argv
    try:
        layout = Layout.read(Path(folder))
    except (OSError, ValueError, KeyError) as error:
        result = CommandResult(FAILED, f"ops: {folder} is no lab: {error}")
    else:
        result = _run(layout, rest)
    (sys.stderr if result.code else sys.stdout).write(result.text + "\n")
    return result.code


def _run(layout: Layout, rest: list[str]) -> CommandResult:
    match rest:
        case ["--remote", line, *services]:
            return run_remote(layout, line, services, "ssh")
        case ["--who", who, *command]:
            return run(layout, command, who)
    return run(layout, rest, "shell")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
