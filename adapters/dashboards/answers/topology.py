from pydantic import BaseModel, Field

from adapters.dashboards.answers.decoded_response import DecodedResponse
from missions.evidence import Dependency
from missions.plan import PanelQuery


class _Edge(BaseModel):
    caller: str = Field(alias="from")
    callee: str = Field(alias="to")


class _Topology(BaseModel):
    dependencies: list[_Edge]


def read_topology(body: bytes, panel_query: PanelQuery, service_label: str) -> DecodedResponse:
    """Decodes `{"dependencies": [{"from", "to"}]}`, each edge once. Raises ValueError for any other shape."""
    del panel_query, service_label  # the topology belongs to the whole page
    edges = {(edge.caller, edge.callee) for edge in _Topology.model_validate_json(body).dependencies}
    return DecodedResponse(
        dependencies=tuple(Dependency(caller=caller, callee=callee) for caller, callee in sorted(edges))
    )
