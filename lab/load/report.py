"""What the customers see: one JSON line for each page and every five seconds, and one for each failure."""

import json
import sys
import time
from collections import defaultdict

import gevent
from locust.env import Environment

SECONDS = 5.0


class Report:
    """Collects the requests of the last seconds and prints them."""

    def __init__(self, environment: Environment) -> None:
        self._times: dict[str, list[float]] = defaultdict(list)
        self._failures: dict[str, int] = defaultdict(int)
        environment.events.request.add_listener(self._request)
        gevent.spawn(self._run, environment)

    def _request(self, name: str, response_time: float, exception: Exception | None, **_: object) -> None:
        self._times[name].append(response_time)
        if exception is not None:
            self._failures[name] += 1
            self._print(
                {"event": "failure", "name": name, "ms": round(response_time), "error": str(exception)}
            )

    def _run(self, environment: Environment) -> None:
        while True:
            gevent.sleep(SECONDS)
            times, self._times = self._times, defaultdict(list)
            failures, self._failures = self._failures, defaultdict(int)
            users = environment.runner.user_count if environment.runner else 0
            for name, values in sorted(times.items()):
                values.sort()
                self._print(
                    {
                        "event": "window",
                        "name": name,
                        "users": users,
                        "requests": len(values),
                        "failures": failures[name],
                        "p50_ms": round(values[len(values) // 2]),
                        "p95_ms": round(values[min(len(values) - 1, int(len(values) * 0.95))]),
                    }
                )

    @staticmethod
    def _print(line: dict[str, object]) -> None:
        sys.stdout.write(json.dumps({"time": round(time.time(), 3), **line}) + "\n")
        sys.stdout.flush()
