"""Every number of the engine that was set and not fitted, with its unit, meaning and origin.

The fitted ones are in `rca/weights.json`.
"""

from dataclasses import dataclass, field, fields
from typing import Any


def _constant(value: float, unit: str, meaning: str, source: str) -> Any:  # noqa: ANN401  as field()
    return field(default=value, metadata={"unit": unit, "meaning": meaning, "source": source})


@dataclass(frozen=True)
class EngineConstants:
    """The table. `rows` lists it for people."""

    guard_share: float = _constant(
        1 / 16,
        "share",
        "of the samples before the onset that the reference leaves out",
        "the onset's own error",
    )
    shortest_reference: float = _constant(
        3, "samples", "fewer are no reference", "three points give a median and a spread"
    )
    shortest_calm: float = _constant(
        8,
        "samples",
        "of a calm after an earlier trouble that are a reference of their own",
        "a quarter of 32",
    )
    complaint_share: float = _constant(
        0.5, "share", "of the worst moment's badness from which a moment counts as bad", "half of the maximum"
    )
    late_start: float = _constant(
        5, "steps", "a failure series that begins so much later counted zero before", "scrapes may be missed"
    )
    ended: float = _constant(
        4,
        "steps",
        "without a sample after which a series has ended",
        "Prometheus marks stale after 5 min or 2 scrapes",
    )
    latency_rise: float = _constant(0.5, "share", "of its level that a slower answer is noticed at", "people")
    latency_rise_s: float = _constant(0.02, "s", "below this a slower answer changes nothing", "people")
    wait_rise_s: float = _constant(
        0.05, "s", "a longer wait for a connection or a worker that matters", "people"
    )
    error_share: float = _constant(
        0.02, "share", "of requests whose failure matters", "common alert thresholds: 1 to 5 %"
    )
    failing_share: float = _constant(
        0.25, "share", "of a window's samples with failures that leaves no normal operation", "people"
    )
    slow_s: float = _constant(
        1.0, "s", "from which a level that never changed is not called healthy", "people wait no longer"
    )
    error_rate: float = _constant(
        0.2, "1/s", "failures a second that matter where the traffic is not known", "one in 5 s"
    )
    known_traffic_share: float = _constant(
        0.25, "share", "of `error_rate` that matters where the traffic is known", "one failure in 20 s"
    )
    cores_rise: float = _constant(0.1, "cores", "more processor time that matters", "a tenth of a core")
    memory_rise: float = _constant(
        0.2, "share", "of its level that memory must grow by", "heaps breathe by a tenth"
    )
    memory_rise_bytes: float = _constant(2**25, "bytes", "smaller growth of memory does not matter", "32 MiB")
    count_rise: float = _constant(
        5,
        "count",
        "more connections, threads or jobs that matter, or events a second",
        "pools begin at 5 to 10",
    )
    traffic_change: float = _constant(0.1, "1/s", "more or fewer requests that matter", "one in 10 s")
    count_growth: float = _constant(0.5, "share", "of its level that a count must grow by", "daily variation")
    queue_rise: float = _constant(20, "messages", "more waiting work that matters", "common alert thresholds")
    saturation_rise: float = _constant(0.1, "share", "of a limit that matters", "people")
    full: float = _constant(
        0.9, "share", "of a limit from which requests have to wait", "common alert thresholds: 80 to 95 %"
    )
    used_up: float = _constant(0.98, "share", "of a limit at which nothing is left", "people")
    clear: float = _constant(
        4.0, "deviations", "from the reference that chance does not reach", "normal distribution"
    )
    chance: float = _constant(
        1.5, "deviations", "that the median of an incident's samples reaches without one", "healthy systems"
    )
    z_per_failure: float = _constant(
        1.4, "deviations", "that one failed request may reach", "three are no chance, one or two may be"
    )
    z_per_sample: float = _constant(
        5.0, "deviations", "that each sample of an incident may add", "three samples are no proof, forty are"
    )
    healthy_samples: float = _constant(
        10, "samples", "of a symptom that calling a system healthy needs", "a few minutes"
    )
    far: float = _constant(
        10.0, "deviations", "from which a resource is mentioned without a symptom", "people"
    )
    far_size: float = _constant(
        3.0, "smallest rises", "of a resource that is mentioned without a symptom", "people"
    )
    at_once_s: float = _constant(
        30.0, "s", "within which a change acts on the resource that it uses up", "start of a process"
    )
    alert_before_s: float = _constant(
        60, "s", "before the onset that an alert of the incident may fire", "a scrape and a rule's evaluation"
    )
    new_errors: float = _constant(
        10, "lines", "of a new failure from which it is an incident of its own", "people"
    )
    log_after_s: float = _constant(
        30, "s", "after the onset within which the first of all lines belongs to it", "a step and a scrape"
    )
    change_before_s: float = _constant(
        600, "s", "before the onset that a change may act late", "rollouts and caches take minutes"
    )
    change_after_s: float = _constant(
        60, "s", "after the onset that a change may be recorded late", "events are written at the end"
    )

    @property
    def rows(self) -> tuple[tuple[str, float, str, str, str], ...]:
        """Name, value, unit, meaning and source of each constant."""
        return tuple(
            (
                item.name,
                getattr(self, item.name),
                *(item.metadata[key] for key in ("unit", "meaning", "source")),
            )
            for item in fields(self)
        )


CONSTANTS = EngineConstants()
