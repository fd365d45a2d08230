from dataclasses import dataclass
from typing import Any

from lab.topology import Component


@dataclass(frozen=True)
class DashboardPage:
    """A page of Prometheus: expressions by panel. `components`: without one of them the page is left out."""

    id: str
    title: str
    components: tuple[Component, ...]
    queries: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The page as `POST /api/dashboards` takes it: expressions only, no metric, unit or service."""
        queries = [{"panel": panel, "query": query} for panel, query in self.queries.items()]
        return {"id": self.id, "title": self.title, "queries": queries}
