"""Words of metric names and titles, by what they say."""

ABBREVIATED = {
    "req": "requests", "reqs": "requests", "request": "requests", "err": "errors", "errs": "errors",
    "error": "errors", "fail": "errors", "fails": "errors", "failed": "errors", "failure": "errors",
    "failures": "errors", "failing": "errors", "exception": "errors", "exceptions": "errors", "5xx": "errors",
    "4xx": "errors", "faults": "errors", "unsuccessful": "errors", "dur": "duration", "durations": "duration",
    "latencies": "latency", "elapsed": "duration", "resp": "response", "responses": "response",
    "rt": "latency",
    "rtt": "latency", "ttfb": "latency", "responsetime": "latency", "mem": "memory", "rss": "memory",
    "heap": "memory", "util": "utilization", "utilisation": "utilization", "conn": "connections",
    "conns": "connections", "connection": "connections", "thread": "threads", "session": "sessions",
    "cnt": "count", "pct": "percent", "perc": "percent", "percentage": "percent", "%": "percent",
    "msg": "messages", "msgs": "messages", "message": "messages", "query": "queries", "call": "calls",
    "tx": "transmit", "rx": "receive", "succ": "success", "successes": "success", "successful": "success",
    "succeeded": "success", "ok": "success", "qps": "throughput", "rps": "throughput", "tps": "throughput",
    "txn": "transactions", "transaction": "transactions", "op": "operations", "ops": "operations",
    "operation": "operations", "queued": "queue", "inqueue": "queue", "invocation": "invocations",
}  # fmt: skip
TRAFFIC = {"requests", "messages", "queries", "calls", "transactions", "operations", "invocations", "events"}
COUNTING = {
    "total",
    "rate",
    "count",
    "persec",
    "persecond",
    "throughput",
    "num",
    "number",
    "handled",
    "processed",
}
HELD = {
    "connections",
    "threads",
    "sessions",
    "goroutines",
    "inflight",
    "active",
    "concurrent",
    "concurrency",
}
CAPACITY = {"limit", "max", "maximum", "capacity", "quota"}
FREE = {"free", "available", "avail", "idle", "remaining"}
SETTING = {"timeout", "threshold", "config", "target", "objective", "budget", "interval", "info", "version"}
OTHER = {"gc", "garbage", "uptime", "timestamp", "cache", "evictions", "evicted", "build"}
SUCCESS = {"success", "availability"}
SHARE = {"ratio", "percent", "rate", "share", "fraction"}
LOST = {
    "dropped",
    "rejected",
    "refused",
    "denied",
    "bad",
    "throttled",
    "timeouts",
    "timedout",
    "drops",
    "drop",
}
"""Words that make counted requests or messages failed ones."""
SPECIAL = {
    *(
        "slow",
        "limited",
        "cancelled",
        "canceled",
        "expected",
        "skipped",
        "retried",
        "blocked",
        "invalid",
        "ignored",
    ),
    *("cached", "duplicate", "estimated", "forecast", "predicted", "target", "allowed", "accepted", "since"),
}
"""Words that leave only some of the requests, or none that were made."""
NO_ERRORS = {
    "page",
    "hits",
    "between",
    "since",
    "code",
    "message",
    "email",
    "handler",
    "last",
    "retry",
    "budget",
}
"""Words beside "error" that make a name say something else."""
NO_WAIT = {
    "session",
    "sessions",
    "connection",
    "connections",
    "visit",
    "cache",
    "ttl",
    "token",
    "retention",
    "last",
}
"""What lasts long without anybody who waits."""
