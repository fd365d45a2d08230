import os
import sys
import threading
from typing import NoReturn

FAILURE_S = 4.0
"""How long a process may take to close what it holds after one of its loops ended."""


def end_now(code: int) -> NoReturn:
    """Ends the process without the interpreter's own shutdown, once its output is written.

    For processes with a Temporal client: its threads may still use the interpreter while it shuts down, which
    aborts the process (exit code 134) after its work was done.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def end_within(seconds: float, code: int) -> None:
    """Returns at once, and ends the process after this time unless it has ended by then."""
    timer = threading.Timer(seconds, end_now, (code,))
    timer.daemon = True
    timer.start()
