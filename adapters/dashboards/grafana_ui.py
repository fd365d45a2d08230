"""What Grafana's pages show of a panel's state, 7.5 to 13: from its own published test selectors."""

from adapters.dashboards.grafana_model import Panel
from adapters.dashboards.region import Region, Sign

FIRST_FIELD = '[data-testid="data-testid Username input field"], [aria-label="Username input field"]'
SECOND_FIELD = '[data-testid="data-testid Password input field"], [aria-label="Password input field"]'
SUBMIT = '[data-testid="data-testid Login button"], [aria-label="Login button"]'

_ERROR: tuple[Sign, ...] = (
    ('[data-testid="data-testid Panel status error"]', ""),  # from 10.2
    ('[aria-label="Panel status"]', ""),  # 9.5 to 10.1
    ('[aria-label="Panel header error"]', ""),  # before
)
_LOADING: tuple[Sign, ...] = (
    ('[aria-label="Panel loading bar"]', ""),  # from 10.0
    (".panel-loading", ""),  # 7.5
)
_EMPTY: tuple[Sign, ...] = (
    ('[data-testid="data-testid Panel data error message"]', ""),  # from 10.4
    (".panel-empty", ""),
    (".datapoints-warning", ""),  # 7.5's old graph
)
_READY: tuple[Sign, ...] = (
    ("canvas, svg.recharts-surface, .uplot, table, [role=table], [role=grid]", ""),
    ("[role=cell], [role=gridcell], [class*=logs-row], [class*=markdown-html]", ""),
    ('[data-testid*="value"], [data-testid*="Bar gauge"], .panel-content *:not(:empty)', ""),
    # A stat has no mark of its own: whatever is in a panel that neither loads nor fails. From 11.1.
    ('[data-testid="data-testid panel content"] *:not(:empty)', ""),
)


EXPLORE = Region(
    id="explore",
    title="Explore",
    root='[data-testid="data-testid Explore"], .explore, main',
    error=(('[data-testid="data-testid Alert error"]', ""), ('[aria-label="Alert error"]', "")),
    loading=(('[aria-label="Panel loading bar"]', ""),),
    empty=(('[data-testid="explore-no-data"]', ""),),
    ready=(("canvas, table, [class*=logs-row], [role=cell], [role=gridcell]", ""),),
)


def region_of(wanted: str, panel: Panel | None) -> Region:
    """Where a panel is, by its number or its title, in every version."""
    number = panel.id if panel else wanted.removeprefix("panel-")
    title = (panel.title if panel else "") or wanted
    places = [
        f"[data-viz-panel-key={_quoted(f'panel-{number}')}]",  # from 11.3
        f"[data-panelid={_quoted(number)}]",
        f"[data-testid={_quoted(f'data-testid Panel header {title}')}]",  # from 8.5
        f".panel-container:has([aria-label={_quoted(f'Panel header title item {title}')}])",  # 7.5
    ]
    return Region(
        id=wanted,
        title=title,
        root=f":is({', '.join(places)})",
        error=_ERROR,
        loading=_LOADING,
        empty=_EMPTY,
        ready=_READY,
    )


def _quoted(text: str) -> str:
    """A CSS string of any text."""
    plain = "".join(f"\\{ord(sign):x} " if sign in '"\\\n\r\f' else sign for sign in text)
    return f'"{plain}"'
