"""One replica of one service: `python -m demo.shop.replica`, which only the cluster starts."""

import asyncio
import signal

from demo.shop.lifetime import die_with_parent
from demo.shop.replica_spec import ReplicaSpec


def main() -> None:
    """Reads its spec, and serves until it is drained or the cluster ends."""
    # Ctrl-C reaches the whole process group, but the cluster ends its replicas itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Unbuffered: the event loop's reader gets all that follows the first line.
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        line = stdin.readline()
    if not line:
        return
    spec = ReplicaSpec.from_line(line)
    die_with_parent(spec.parent_pid)
    # Late, because these imports take most of the start.
    from demo.shop.replica_server import serve

    asyncio.run(serve(spec))


if __name__ == "__main__":
    main()
