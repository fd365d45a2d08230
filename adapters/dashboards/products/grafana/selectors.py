"""Grafana's published test selectors, 7.5 to 13: panels, their states, and the login form."""

from adapters.dashboards.page.regions import Region
from adapters.dashboards.page.signs import Sign
from adapters.dashboards.products.grafana.panels import Panel

USERNAME_FIELD = '[data-testid="data-testid Username input field"], [aria-label="Username input field"]'
PASSWORD_FIELD = '[data-testid="data-testid Password input field"], [aria-label="Password input field"]'  # noqa: S105  a selector
SUBMIT_BUTTON = '[data-testid="data-testid Login button"], [aria-label="Login button"]'

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
    # From 11.1. A stat has no selector of its own: any content of a panel that neither loads nor fails.
    ('[data-testid="data-testid panel content"] *:not(:empty)', ""),
)


SEEN_PANELS = """() => {
  const numberOf = element => element.dataset.vizPanelKey?.replace(/^panel-/, '')
    ?? element.dataset.panelid ?? element.id.replace(/^panel-/, '');
  const titleOf = element => {
    const header = element.querySelector(
      '[aria-label^="Panel header title item "], [aria-label^="Panel container title "]')
      ?.getAttribute('aria-label').replace(/^Panel (header title item|container title) /, '');
    const section = element.matches('[data-testid^="data-testid Panel header "]')
      ? element : element.querySelector('[data-testid^="data-testid Panel header "]');
    return header ?? section?.dataset.testid.replace(/^data-testid Panel header /, '') ?? '';
  };
  const selector = '[data-viz-panel-key^="panel-"], [data-panelid], .react-grid-item[id^="panel-"]';
  return [...document.querySelectorAll(selector)].slice(0, 500)
    .map(element => [numberOf(element).slice(0, 200), titleOf(element).slice(0, 200)]);
}"""
"""The numbers and titles of the panels that the page has by now."""


EXPLORE = Region(
    id="explore",
    title="Explore",
    roots=('[data-testid="data-testid Explore"], .explore, main',),
    error=(('[data-testid="data-testid Alert error"]', ""), ('[aria-label="Alert error"]', "")),
    loading=(('[aria-label="Panel loading bar"]', ""),),
    empty=(('[data-testid="explore-no-data"]', ""),),
    ready=(("canvas, table, [class*=logs-row], [role=cell], [role=gridcell]", ""),),
)


def region_of(wanted: str, panel: Panel | None) -> Region:
    """The panel's region, for every version: by its number, else by its title."""
    number = panel.id if panel else wanted.removeprefix("panel-")
    title = (panel.title if panel else "") or wanted
    numbered = (
        f"[data-viz-panel-key={_quoted(f'panel-{number}')}]",  # from 11.3
        f"[data-panelid={_quoted(number)}]",
        f".react-grid-item[id={_quoted(f'panel-{number}')}]",  # to 8.5
    )
    titled = (
        f"[data-testid={_quoted(f'data-testid Panel header {title}')}]",  # from 8.5
        f".panel-container:has([aria-label={_quoted(f'Panel header title item {title}')}])",  # 7.5
    )
    return Region(
        id=wanted,
        title=title,
        roots=(f":is({', '.join(numbered)})", f":is({', '.join(titled)})"),
        error=_ERROR,
        loading=_LOADING,
        empty=_EMPTY,
        ready=_READY,
    )


def _quoted(text: str) -> str:
    """The text as a CSS string."""
    escaped = "".join(
        f"\\{ord(character):x} " if character in '"\\\n\r\f' else character for character in text
    )
    return f'"{escaped}"'
