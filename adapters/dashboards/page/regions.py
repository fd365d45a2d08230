"""Panels of known products: the selectors of each, and of the signs that show its state."""

from dataclasses import asdict, dataclass
from typing import Any

from adapters.dashboards.page.scripts import SCROLLERS, wait_script

Sign = tuple[str, str]
"""A CSS selector inside the panel, and a text that the element holds ("" for any)."""


@dataclass(frozen=True)
class Region:
    """One panel: the `index`-th element of the first of `roots` that selects one, with signs of its states.

    Checked in this order: error, loading, empty, ready; a panel with none of these signs is still loading.
    """

    id: str
    title: str
    roots: tuple[str, ...]
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
  const rootOf = region => region.roots.map(css => document.querySelectorAll(css)[region.index])
    .find(root => root) ?? null;
  const stateOf = (root, region) =>
    ['error', 'loading', 'empty', 'ready'].find(state => shows(root, region[state])) ?? 'loading';
"""

AWAIT_REGIONS = wait_script(
    _STATE_OF
    + """
  return plan.regions.flatMap(region => {
    const root = rootOf(region);
    if (!root) return [null];
    const state = stateOf(root, region);
    // Markup alone is no proof: some panels have content before their first query.
    const waits = plan.unanswered.includes(region.id) && state !== 'error';
    return waits || state === 'loading' ? [root] : [];
  });"""
)

READ_REGIONS = (
    "plan => {"
    + SCROLLERS
    + _STATE_OF
    + """
  const panels = [];
  for (const region of plan.regions) {
    const root = rootOf(region);
    if (!root) continue;
    const state = stateOf(root, region);
    const errors = region.error.flatMap(([css]) => [...root.querySelectorAll(css)]).filter(visible);
    panels.push({
      id: region.id,
      title: region.title,
      state,
      text: state === 'error' ? errors.map(element => element.innerText).join(' ').slice(0, 1000) : '',
      box: boxOf(root),
    });
  }
  return {panels};
}"""
)
