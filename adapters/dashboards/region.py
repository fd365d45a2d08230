"""Panels of products that do not mark them: where each is, and by what one sees its state."""

from dataclasses import asdict, dataclass
from typing import Any

Sign = tuple[str, str]
"""A CSS selector inside the panel, and a text that the element holds ("" for any)."""


@dataclass(frozen=True)
class Region:
    """One panel: the `index`-th element that `root` selects, with the signs of its states.

    Asked in this order: error, loading, empty, ready; a panel with none of these signs is still loading.
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


_LOOK = """
  const seen = element => {
    const style = getComputedStyle(element);
    return element.getClientRects().length > 0 && style.visibility !== 'hidden';
  };
  const shows = (root, signs) => signs.some(([css, text]) =>
    [...root.querySelectorAll(css)].some(one => seen(one) && (!text || one.textContent.includes(text))));
  const rootOf = region => document.querySelectorAll(region.root)[region.index] ?? null;
  const stateOf = (root, region) =>
    ['error', 'loading', 'empty', 'ready'].find(state => shows(root, region[state])) ?? 'loading';
"""

AWAIT_REGIONS = (
    "plan => {"
    + _LOOK
    + """
  const open = plan.regions.filter(region => {
    const root = rootOf(region);
    return !root || stateOf(root, region) === 'loading';
  });
  if (!open.length) { window.scrollTo(0, 0); return true; }
  // Panels that load, or even mount, only near the viewport: show each open one in turn, a moment each.
  const now = performance.now();
  if (now < (plan.next ?? 0)) return false;
  plan.next = now + 100;
  plan.turn = (plan.turn ?? -1) + 1;
  const shown = open.map(rootOf).filter(root => root !== null);
  const page = document.scrollingElement;
  if (shown.length < open.length && plan.turn % 2) {
    const end = page.scrollTop + window.innerHeight >= page.scrollHeight - 1;
    window.scrollTo(0, end ? 0 : page.scrollTop + window.innerHeight * 0.8);
  } else if (shown.length) {
    shown[(plan.turn >> 1) % shown.length].scrollIntoView({block: 'nearest', behavior: 'instant'});
  }
  return false;
}"""
)

READ_REGIONS = (
    "plan => {"
    + _LOOK
    + """
  const panels = [];
  for (const region of plan.regions) {
    const root = rootOf(region);
    if (!root) continue;
    const box = root.getBoundingClientRect();
    const state = stateOf(root, region);
    const said = region.error.flatMap(([css]) => [...root.querySelectorAll(css)]).filter(seen);
    panels.push({
      id: region.id,
      title: region.title,
      state,
      text: state === 'error' ? said.map(one => one.innerText).join(' ').slice(0, 1000) : '',
      box: {x: box.x + window.scrollX, y: box.y + window.scrollY, width: box.width, height: box.height},
    });
  }
  return {panels};
}"""
)
