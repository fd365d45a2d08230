"""Panels of known products: the selectors of each, and of the signs that show its state."""

from dataclasses import asdict, dataclass
from typing import Any

from adapters.dashboards.page.scripts import wait_script

Sign = tuple[str, str]
"""A CSS selector inside the panel, and a text that the element holds ("" for any)."""


@dataclass(frozen=True)
class Region:
    """One panel: the `index`-th element that `root` selects, with the signs of its states.

    Checked in this order: error, loading, empty, ready; a panel with none of these signs is still loading.
    """

    id: str
    title: str
    root: str
    index: int = 0
    error: tuple[Sign, ...] = ()
    loading: tuple[Sign, ...] = ()
    empty: tuple[Sign, ...] = ()
    ready: tuple[Sign, ...] = ()


def plan_of(regions: tuple[Region, ...]) -> dict[str, Any]:
    """The regions as the scripts take them."""
    return {"regions": [asdict(region) for region in regions]}


_STATE_OF = """
  const visible = element => {
    const style = getComputedStyle(element);
    return element.getClientRects().length > 0 && style.visibility !== 'hidden';
  };
  const shows = (root, signs) => signs.some(([css, text]) =>
    [...root.querySelectorAll(css)].some(
      element => visible(element) && (!text || element.textContent.includes(text))));
  const rootOf = region => document.querySelectorAll(region.root)[region.index] ?? null;
  const stateOf = (root, region) =>
    ['error', 'loading', 'empty', 'ready'].find(state => shows(root, region[state])) ?? 'loading';
"""

AWAIT_REGIONS = wait_script(
    _STATE_OF
    + """
  return plan.regions.flatMap(region => {
    const root = rootOf(region);
    return !root || stateOf(root, region) === 'loading' ? [root] : [];
  });"""
)

READ_REGIONS = (
    "plan => {"
    + _STATE_OF
    + """
  const panels = [];
  for (const region of plan.regions) {
    const root = rootOf(region);
    if (!root) continue;
    const box = root.getBoundingClientRect();
    const state = stateOf(root, region);
    const errors = region.error.flatMap(([css]) => [...root.querySelectorAll(css)]).filter(visible);
    panels.push({
      id: region.id,
      title: region.title,
      state,
      text: state === 'error' ? errors.map(element => element.innerText).join(' ').slice(0, 1000) : '',
      box: {x: box.x + window.scrollX, y: box.y + window.scrollY, width: box.width, height: box.height},
    });
  }
  return {panels};
}"""
)
