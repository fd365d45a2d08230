"""Words of metric names and titles, by what they say."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HITS = re.compile(r"(?:^|[_.])hits?(?:$|[_.])|hit_?(?:ratio|rate)", re.IGNORECASE)
"""Names of what a cache answers."""

ABBREVIATED = {
    short: word
    for word, spellings in {
        "requests": "req reqs request rq rqs",
        "errors": "err errs error fail fails failed failure failures failing exception exceptions 5xx 4xx "
        "faults unsuccessful",
        "duration": "dur durations elapsed",
        "latency": "latencies rt mrt rtt art ttfb responsetime delay",
        "response": "resp responses",
        "memory": "mem rss heap ram",
        "utilization": "util utilisation utilized",
        "connections": "conn conns connection cx",
        "threads": "thread goroutines goroutine",
        "threadpool": "threadpools executor executors",
        "sessions": "session",
        "sockets": "socket",
        "count": "cnt num number",
        "percent": "pct perc percentage %",
        "messages": "msg msgs message",
        "queries": "query",
        "calls": "call",
        "transmit": "tx egress",
        "receive": "rx ingress rcvd recv",
        "success": "succ successes successful succeeded ok",
        "throughput": "qps rps tps",
        "transactions": "txn txns transaction",
        "operations": "op ops operation",
        "jobs": "job",
        "tasks": "task",
        "queue": "queued inqueue enqueued",
        "invocations": "invocation",
        "disk": "disks filesystem fs volume storage hdd ssd",
        "descriptors": "fd fds filedesc descriptor",
        "garbage": "gc",
        "network": "net nic iface interface",
        "average": "avg mean",
        "timeouts": "timedout",
        "restarts": "restart restarted respawn respawns reboots crash crashes crashed",
        "oom": "oomkill oomkills oomkilled",
        "processors": "cores vcpu vcpus",
    }.items()
    for short in spellings.split()
}
"""The word for which each other spelling stands."""

TRAFFIC = _words("requests messages queries calls transactions operations invocations events jobs tasks hits")
COUNTING = _words("total rate count persec persecond throughput handled processed completed")
HELD = _words(
    "connections threads sessions inflight active concurrent concurrency sockets descriptors workers"
)
"""What is held for a while: its number is an amount in use."""
POOLS = _words("pool threadpool hikaricp hikari dbcp c3p0 bulkhead")
IN_USE = _words("use used inuse active busy borrowed leased checkedout")
CAPACITY = _words("limit max maximum capacity quota allocatable")
FREE = _words("free available avail idle remaining left")
SETTING = _words("timeout threshold config target objective budget interval version setpoint")
SUCCESS = _words("success availability")
SHARE = _words("ratio percent rate share fraction")
LOST = _words("dropped rejected refused denied bad throttled timeouts drops drop discarded discards lost")
"""Words that make counted requests or messages failed ones."""
SPECIAL = _words(
    "slow limited cancelled canceled expected skipped retried blocked invalid ignored cached duplicate "
    "estimated forecast predicted target allowed accepted since retries retry"
)
"""Words that leave only some of the requests, or none that were made."""
NO_ERRORS = _words("page hits between since code message email handler last retry budget type")
"""Words beside "error" that make a name say something else."""
NO_WAIT = _words("sessions connections visit cache ttl token retention last age lease lock_timeout")
"""What lasts long without a wait."""
ASKED = _words(
    "requests response queries calls processing execution service wait handler self acquire lookup connect"
)
"""Words before "time" that make it the time that somebody waits."""
STEPS = _words(
    "transactions operations read write fetch handshake commit fsync flush sync publish send dispatch "
    "roundtrip ttfb render checkout scan poll"
)
"""Words of steps that take time, whose name with a unit of time is a wait."""
MOVED = _words("transmit receive sent received transmitted network in out")
DISKS = _words("disk diskio io blkio")
PHYSICAL = _words("celsius volts watts joules hertz temperature voltage humidity fan")
MOMENTS = _words("timestamp uptime created expiry expires expiration expire boottime")
"""Words of moments and ages: no waits."""
CHANGING = _words(
    "error errors failed failure failures failing slow rejected dropped denied timeout retry retries retried "
    "success successful cached expected max limit invalid skipped blocked throttled cancelled canceled "
    "aborted bad unsuccessful queued pending waiting"
)
"""Words before a conventional name that make it mean something else."""

RESOURCES = {
    "gpu": _words("gpu gpus vram"),
    "logs": _words("log logs"),
    "locks": _words("lock locks deadlocks deadlock mutex"),
    "file_descriptors": _words("descriptors files handles"),
    "connections": _words("connections sockets sessions hikaricp hikari dbcp c3p0 conntrack pool"),
    "threads": _words("threads threadpool workers slots bulkhead"),
    "memory": _words("memory swap garbage oom buffers"),
    "disk": _words("disk diskio io iops blkio inodes iowait tablespace"),
    "network": _words("network bandwidth packets nic dns"),
    "cpu": _words("cpu processors throttling throttled load1 load5 load15 loadavg eventloop"),
    "queue": _words("queue lag backlog pending waiting mailbox"),
}
"""Words of each resource, in the order in which they decide."""
CLIENT_SIDE = _words(
    "client upstream downstream provider external outbound outgoing dependency remote thirdparty vendor "
    "db database sql jdbc dao dns acquire callee peer"
)
"""Words of what is measured at the end that waits for somebody else."""
SERVER_SIDE = _words("server handler endpoint inbound incoming self")
