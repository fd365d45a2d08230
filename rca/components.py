"""Which services are what others store, cache or queue in: by their metrics, else by their names."""

import re
from collections.abc import Iterable

from rca.series import TimeSeries
from semantics.catalog import lookup

_AREAS = frozenset({"databases", "messaging"})
_NAMES = re.compile(
    r"(?:^|[-_.])(?:db|database|sql|cache|queue|broker|store|storage"
    r"|(?:postgres|mysql|maria|mongo|redis|valkey|memcached?|cassandra|scylla|elastic|opensearch|clickhouse"
    r"|rabbit|kafka|nats|pulsar|activemq|etcd|zookeeper|dynamo|couch|cockroach|influx|minio)[a-z0-9]*)"
    r"(?:$|[-_.])",
    re.IGNORECASE,
)


def backends(all_series: Iterable[TimeSeries], services: Iterable[str]) -> frozenset[str]:
    """The services that are databases, caches, queues or stores."""
    measured = {series.service for series in all_series if _is_of_backend(series)}
    return frozenset(measured | {name for name in services if _NAMES.search(name)})


def _is_of_backend(series: TimeSeries) -> bool:
    match = lookup(series.meaning.metric) if series.meaning.metric else None
    return match is not None and match.metric.area in _AREAS
