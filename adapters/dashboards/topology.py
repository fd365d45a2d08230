from pydantic import BaseModel, Field

from adapters.dashboards.extract import Extract
from missions.evidence import Dependency


class _Edge(BaseModel):
    caller: str = Field(alias="from")
    callee: str = Field(alias="to")


class _Topology(BaseModel):
    dependencies: list[_Edge]


def read_topology(body: bytes, panel: str, query: str, service_label: str) -> Extract:
    """Reads `{"dependencies": [{"from", "to"}]}`, each edge once. Raises ValueError for any other shape."""
    del panel, query, service_label  # the topology belongs to the page
    edges = {(edge.caller, edge.callee) for edge in _Topology.model_validate_json(body).dependencies}
    return Extract(
        dependencies=tuple(Dependency(caller=caller, callee=callee) for caller, callee in sorted(edges))
    )
