"""What is known about a series before it is read, and what it turns out to measure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from missions.measurement import MeasuredRole


class MeaningBasis(StrEnum):
    """Where an answer comes from, most reliable first."""

    PERSON = "person"
    EXPRESSION = "expression"
    CATALOG = "catalog"
    PANEL = "panel"
    NAME = "name"
    UNKNOWN = "unknown"


class MetricType(StrEnum):
    """How the samples of a metric relate to each other."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    UNKNOWN = "unknown"


class OwnerLevel(StrEnum):
    """The kind of thing that a series is about."""

    SERVICE = "service"
    WORKLOAD = "workload"
    POD = "pod"
    CONTAINER = "container"
    INSTANCE = "instance"
    HOST = "host"
    NAMESPACE = "namespace"
    CLUSTER = "cluster"
    ENVIRONMENT = "environment"


class Resource(StrEnum):
    """What is used, limited or waited for. `NONE` where it is none of these, or nothing says which.

    `MEMORY` includes swap and pauses of garbage collection, `CPU` load averages and event loops, `DISK` space
    and operations, `THREADS` worker processes, goroutines and other slots that do work, `QUEUE` what is
    behind, such as a replica. Traffic with a resource is the flow through it, and no work that was asked for.
    """

    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"
    NETWORK = "network"
    CONNECTIONS = "connections"
    THREADS = "threads"
    FILE_DESCRIPTORS = "file_descriptors"
    QUEUE = "queue"
    LOCKS = "locks"
    GPU = "gpu"
    LOGS = "logs"
    NONE = ""


class CallSide(StrEnum):
    """At which end of a call a latency, failures or traffic are measured, as the owner of the series sees it.

    `SERVER`: the owner's own answers. `CLIENT`: the owner waits for somebody else, such as a database, a pool
    or an upstream. `UNKNOWN`: neither, or nothing says which.
    """

    SERVER = "server"
    CLIENT = "client"
    UNKNOWN = ""


@dataclass(frozen=True)
class SeriesOwner:
    """One thing that a series is about. `value` is "" where only the label is known."""

    level: OwnerLevel
    label: str
    value: str


@dataclass(frozen=True)
class SeriesDescription:
    """Everything that a dashboard says about one series; what it does not say is "".

    `unit` is the panel's unit, in the words of the product: "reqps", "ms", "percentunit".
    """

    expression: str = ""
    metric: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    legend: str = ""
    unit: str = ""
    product: str = ""


@dataclass(frozen=True)
class SeriesMeaning:
    """What a series measures.

    `unit` is normalized: "seconds", "bytes/s", "requests/s", "ratio" (0..1), "percent" (0..100), or "".
    `statistic` is mean, max, min, sum, last, rate (events per second), count, or a percentile as "p99".
    `range_seconds` is the longest range that one sample covers, `step_seconds` the resolution of a subquery;
    both are None without one, or where a dashboard's variable decides. `grouping` are the labels that the
    aggregation keeps, None without an aggregation. `falling_is_bad` says that lower values are worse; of a
    series with the role up that does not fall when it gets worse, 1 means down, as `absent(up)` does.
    `owners` begin with the thing that the series is about. `resource` is what is used, limited or waited for,
    `side` the end of a call at which it is measured. `cumulative`: the samples are the running total of a
    counter, or of a histogram's sum, count or bucket, whose level says nothing.
    """

    role: MeasuredRole
    role_basis: MeaningBasis
    unit: str = ""
    unit_basis: MeaningBasis = MeaningBasis.UNKNOWN
    statistic: str = ""
    statistic_basis: MeaningBasis = MeaningBasis.UNKNOWN
    type: MetricType = MetricType.UNKNOWN
    metric: str = ""
    measures: str = ""
    falling_is_bad: bool = False
    range_seconds: float | None = None
    step_seconds: float | None = None
    aggregation: str = ""
    grouping: tuple[str, ...] | None = None
    owners: tuple[SeriesOwner, ...] = ()
    owner_basis: MeaningBasis = MeaningBasis.UNKNOWN
    resource: Resource = Resource.NONE
    side: CallSide = CallSide.UNKNOWN
    cumulative: bool = False
