"""Chooses the decoder of a response by the end of its URL's path."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.answers.grafana_annotations import read_annotations
from adapters.dashboards.answers.loki import read_streams
from adapters.dashboards.answers.prometheus import read_matrix, read_query
from adapters.dashboards.answers.topology import read_topology
from missions.plan import PanelQuery

Decoder = Callable[[bytes, PanelQuery, str], DecodedResponse]
"""Decodes (body, panel's query, service label); raises ValueError where the body has another shape."""

_DECODERS: tuple[tuple[str, Decoder], ...] = (
    # Loki's path ends like Prometheus', so it comes first.
    ("/loki/api/v1/query_range", read_streams),
    ("/loki/api/v1/query", read_streams),
    ("/api/v1/query_range", read_matrix),
    ("/api/v1/query", read_query),
    ("/api/annotations", read_annotations),
    ("/api/topology", read_topology),
)


def decoder_for(url: str) -> Decoder | None:
    """The decoder of the URL's responses, or None."""
    path = urlsplit(url).path
    return next((decoder for ending, decoder in _DECODERS if path.endswith(ending)), None)


def query_of(url: str, form: str) -> str:
    """The query expression: the URL's `query` parameter, else the posted form's, else ""."""
    for text in (urlsplit(url).query, form):
        values = parse_qs(text).get("query")
        if values:
            return values[0]
    return ""
