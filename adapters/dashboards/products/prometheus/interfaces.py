"""Prometheus' three user interfaces: their addresses, and the selectors of their panels and states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from adapters.dashboards.page.regions import Region
from adapters.dashboards.page.signs import Sign
from missions.plan import PanelQuery, Window

_NOW = timedelta(seconds=90)
"""A window that ends this recently is shown until now: the classic page's end time has whole minutes only."""


@dataclass(frozen=True)
class Interface:
    """One user interface. `path` is where `/` redirects to; `end` is the format of an end time, UTC."""

    path: str
    tab: str
    end: str
    root: Callable[[int], tuple[tuple[str, ...], int]]
    error: tuple[Sign, ...]
    loading: tuple[Sign, ...]
    empty: tuple[Sign, ...]
    ready: tuple[Sign, ...]

    def path_for(self, queries: Sequence[PanelQuery], window: Window, step: str, now: datetime) -> str:
        """Path and query string that show the expressions as graphs over the window."""
        parameters: list[tuple[str, str]] = []
        end = window.end.astimezone(UTC)
        length = max(1, round((window.end - window.start).total_seconds()))
        for index, query in enumerate(queries):
            parameters += [(f"g{index}.expr", query.query), (f"g{index}.tab", self.tab)]
            parameters.append((f"g{index}.range_input", f"{length}s"))
            if now - end > _NOW:
                parameters.append((f"g{index}.end_input", self._rounded(end).strftime(self.end)))
            if step:
                parameters.append((f"g{index}.step_input", step))
        # "%20", not "+": the classic page leaves plus signs as they are in names.
        return f"{self.path}?{urlencode(parameters, quote_via=quote)}"

    def regions(self, queries: Sequence[PanelQuery]) -> tuple[Region, ...]:
        """A panel for each expression, in the order of the address."""
        return tuple(
            Region(
                query.panel,
                query.panel,
                *self.root(index),
                error=self.error,
                loading=self.loading,
                empty=self.empty,
                ready=self.ready,
            )
            for index, query in enumerate(queries)
        )

    def _rounded(self, end: datetime) -> datetime:
        """The end at the format's precision, rounded up."""
        if "%S" in self.end:
            return end
        return end if end.second == 0 else end.replace(second=0) + timedelta(minutes=1)


CLASSIC = Interface(
    path="/classic/graph",
    tab="0",
    end="%Y-%m-%d %H:%M",
    root=lambda index: ((f"#graph_wrapper{index}",), 0),
    # The page shows "no data" in the same element as an error.
    error=((".error", "Error executing query"), (".error", "Result is not of matrix type")),
    loading=((".spinner", ""),),
    empty=((".error", "No datapoints found"),),
    ready=((".graph_container .rickshaw_graph svg", ""),),
)
REACT = Interface(
    path="/graph",
    tab="0",
    end="%Y-%m-%d %H:%M:%S",
    root=lambda index: ((".panel",), index),
    error=((".alert-danger", ""),),
    loading=((".expression-input .fa-spinner", ""), (".alert-light", "No data queried yet")),
    empty=((".alert-secondary", "Empty query result"),),
    ready=((".graph .graph-chart canvas", ""), (".graph-chart", "")),
)
MANTINE = Interface(
    path="/query",
    tab="graph",
    end="%Y-%m-%d %H:%M:%S",
    root=lambda index: ((".mantine-Tabs-root:has(.mantine-Tabs-list)",), index),
    error=(
        (".mantine-Alert-root", "Error executing query"),
        (".mantine-Alert-root", "Invalid query result"),
    ),
    loading=((".mantine-Skeleton-root", ""), (".mantine-LoadingOverlay-root", "")),
    empty=((".mantine-Alert-root", "Empty query result"),),
    ready=((".uplot canvas", ""),),
)
INTERFACES = (CLASSIC, REACT, MANTINE)


def interface_at(url: str) -> Interface | None:
    """The interface to which a server's `/` redirects; None where that is no page of Prometheus."""
    path = url.partition("?")[0].partition("#")[0].rstrip("/")
    return next((interface for interface in INTERFACES if path.endswith(interface.path)), None)
