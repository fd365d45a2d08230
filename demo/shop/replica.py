"""One replica of one service: `python -m demo.shop.replica`, started by the cluster only."""

import asyncio
import signal

from demo.shop.lifetime import die_with_parent
from demo.shop.replica_spec import ReplicaSpec


def main() -> None:
    """Reads its spec, ties its life to the cluster's, serves until drained."""
    # Ctrl-C reaches the whole process group; when to end is the cluster's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Unbuffered: what follows the first line belongs to the event loop's reader.
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        line = stdin.readline()
    if not line:
        return
    spec = ReplicaSpec.from_line(line)
    die_with_parent(spec.parent_pid)
    # After the line above, because these imports take most of the start.
    from demo.shop.replica_server import serve

    asyncio.run(serve(spec))


if __name__ == "__main__":
    main()
