"""Panels of known products: the selectors of each, and of the signs that show its state."""

from dataclasses import asdict, dataclass
from typing import Any

from adapters.dashboards.page.scripts import SCROLLERS, STATE_OF, wait_script
from adapters.dashboards.page.signs import Signs


@dataclass(frozen=True)
class Region(Signs):
    """One panel: the `index`-th element of the first of `roots` that selects one, with signs of its states.

    A panel with none of these signs is still loading.
    """

    id: str
    title: str
    roots: tuple[str, ...]
    index: int = 0


def plan_of(regions: tuple[Region, ...]) -> dict[str, Any]:
    """The regions as the scripts take them."""
    return {"regions": [asdict(region) for region in regions]}


_ROOT_OF = """
  const rootOf = region => region.roots.map(css => document.querySelectorAll(css)[region.index])
    .find(root => root) ?? null;
  const stateOf = (root, region) => signOf(root, region) ?? 'loading';
"""

AWAIT_REGIONS = wait_script(
    STATE_OF
    + _ROOT_OF
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
    + STATE_OF
    + _ROOT_OF
    + """
  const panels = [];
  for (const region of plan.regions) {
    const root = rootOf(region);
    if (!root) continue;
    const state = stateOf(root, region);
    panels.push({
      id: region.id,
      title: region.title,
      state,
      text: state === 'error' ? errorText(root, region) : '',
      box: boxOf(root),
    });
  }
  return {panels};
}"""
)
