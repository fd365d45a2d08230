"""Prometheus' three user interfaces: how each is addressed, and by what one sees its panels' states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from adapters.dashboards.region import Region, Sign
from missions.plan import PanelQuery, Window

_NOW = timedelta(seconds=90)
"""A window that ends so close to now is asked for as "until now": these pages know whole minutes only."""


@dataclass(frozen=True)
class Interface:
    """One user interface. `path` is where `/` redirects to; `end` is the format of an end time, UTC."""

    path: str
    tab: str
    end: str
    root: Callable[[int], tuple[str, int]]
    error: tuple[Sign, ...]
    loading: tuple[Sign, ...]
    empty: tuple[Sign, ...]
    ready: tuple[Sign, ...]

    def address(self, queries: Sequence[PanelQuery], window: Window, step: str, now: datetime) -> str:
        """Path and query that show the expressions as graphs over the window."""
        shown: list[tuple[str, str]] = []
        end = window.end.astimezone(UTC)
        length = max(1, round((window.end - window.start).total_seconds()))
        for place, one in enumerate(queries):
            shown += [(f"g{place}.expr", one.query), (f"g{place}.tab", self.tab)]
            shown.append((f"g{place}.range_input", f"{length}s"))
            if now - end > _NOW:
                shown.append((f"g{place}.end_input", self._rounded(end).strftime(self.end)))
            if step:
                shown.append((f"g{place}.step_input", step))
        # "%20", not "+": the classic page leaves plus signs as they are in names.
        return f"{self.path}?{urlencode(shown, quote_via=quote)}"

    def regions(self, queries: Sequence[PanelQuery]) -> tuple[Region, ...]:
        """A panel for each expression, in the order of the address."""
        return tuple(
            Region(one.panel, one.panel, *self.root(place), self.error, self.loading, self.empty, self.ready)
            for place, one in enumerate(queries)
        )

    def _rounded(self, end: datetime) -> datetime:
        """An end that the format can say, not before the one that is wanted."""
        if "%S" in self.end:
            return end
        return end if end.second == 0 else end.replace(second=0) + timedelta(minutes=1)


CLASSIC = Interface(
    path="/classic/graph",
    tab="0",
    end="%Y-%m-%d %H:%M",
    root=lambda place: (f"#graph_wrapper{place}", 0),
    # One alert for all: no data is said like an error.
    error=((".error", "Error executing query"), (".error", "Result is not of matrix type")),
    loading=((".spinner", ""),),
    empty=((".error", "No datapoints found"),),
    ready=((".graph_container .rickshaw_graph svg", ""),),
)
REACT = Interface(
    path="/graph",
    tab="0",
    end="%Y-%m-%d %H:%M:%S",
    root=lambda place: (".panel", place),
    error=((".alert-danger", ""),),
    loading=((".expression-input .fa-spinner", ""), (".alert-light", "No data queried yet")),
    empty=((".alert-secondary", "Empty query result"),),
    ready=((".graph .graph-chart canvas", ""), (".graph-chart", "")),
)
MANTINE = Interface(
    path="/query",
    tab="graph",
    end="%Y-%m-%d %H:%M:%S",
    root=lambda place: (".mantine-Tabs-root:has(.mantine-Tabs-list)", place),
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
    """The interface to which a server's `/` led; None where that is no page of Prometheus."""
    path = url.partition("?")[0].partition("#")[0].rstrip("/")
    return next((one for one in INTERFACES if path.endswith(one.path)), None)
