"""Which answers of a page are read, told by the end of their path, and by what."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from adapters.dashboards.annotations import read_annotations
from adapters.dashboards.extract import Extract
from adapters.dashboards.loki_streams import read_streams
from adapters.dashboards.prometheus_matrix import read_matrix
from adapters.dashboards.topology import read_topology

Reader = Callable[[bytes, str, str, str], Extract]
"""Reads (body, panel, query, service label); raises ValueError where the body has another shape."""

_READERS: tuple[tuple[str, Reader], ...] = (
    # Loki's path ends like Prometheus', so it is asked first.
    ("/loki/api/v1/query_range", read_streams),
    ("/api/v1/query_range", read_matrix),
    ("/api/annotations", read_annotations),
    ("/api/topology", read_topology),
)


def reader_of(url: str) -> Reader | None:
    """The reader for what a URL answers, or None."""
    path = urlsplit(url).path
    return next((reader for ending, reader in _READERS if path.endswith(ending)), None)


def query_of(url: str, form: str) -> str:
    """The expression that was asked: the URL's `query`, else the posted form's, else ""."""
    for text in (urlsplit(url).query, form):
        found = parse_qs(text).get("query")
        if found:
            return found[0]
    return ""
