"""Panels of any page: how its author, or the connector's settings, mark them and their states."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from adapters.dashboards.page.scripts import SCROLLERS, STATE_OF, wait_script
from adapters.dashboards.page.signs import Sign, Signs

_MARKED = Signs(
    error=((":scope[data-state=error]", ""),),
    loading=(
        (":scope[data-panel-id][data-state]:not([data-state=ready], [data-state=empty])", ""),
        ("[aria-busy=true], [role=progressbar]", ""),
        ("[class~=loading i], [class*=spinner i], [class*=skeleton i]", ""),
    ),
    empty=((":scope[data-state=empty]", ""),),
    ready=((":scope[data-state=ready]", ""),),
)
"""Where the settings name no sign: our own marks, and what most pages show while they load."""


@dataclass(frozen=True)
class PanelMarks:
    """How a page marks its panels. A connector's settings override each, in camelCase.

    `panel_selector` "" means the elements with `panel_id_attribute`, and the whole page as one panel where
    there is none. A panel's id is that attribute, else its own id, else its title.
    """

    panel_selector: str = ""
    panel_id_attribute: str = "data-panel-id"
    title_attribute: str = "data-panel-title"
    title_selector: str = "h1, h2, h3, h4, h5, h6, [role=heading], figcaption, caption, legend"
    panel_header: str = "X-Panel-Id"
    service_label: str = "service"
    signs: Signs = field(default_factory=Signs)

    @property
    def plan(self) -> dict[str, Any]:
        """The marks as the scripts take them."""
        return {
            "selector": self.panel_selector or f"[{self.panel_id_attribute}]",
            "whole": not self.panel_selector,
            "id": self.panel_id_attribute,
            "title": self.title_attribute,
            "heading": self.title_selector,
            "signs": asdict(self.signs),
        }


def marks_from(settings: Mapping[str, str]) -> PanelMarks:
    """The defaults with what a connector's settings override.

    `readySelector` and `readyText` are the sign of being ready, and so on for empty, error and loading. A
    state without one of its own has the usual signs.
    """
    named = {
        name: settings[wire]
        for name, wire in (
            ("panel_selector", "panelSelector"),
            ("panel_id_attribute", "panelIdAttribute"),
            ("title_attribute", "titleAttribute"),
            ("title_selector", "titleSelector"),
            ("panel_header", "panelHeader"),
            ("service_label", "serviceLabel"),
        )
        if wire in settings
    }
    own = {state: _sign(settings, state) for state in ("error", "loading", "empty", "ready")}
    signs = Signs(
        **{state: getattr(_MARKED, state) if sign is None else (sign,) for state, sign in own.items()}
    )
    return PanelMarks(**named, signs=signs)


def _sign(settings: Mapping[str, str], state: str) -> Sign | None:
    selector, text = settings.get(f"{state}Selector", ""), settings.get(f"{state}Text", "")
    return (selector, text) if selector or text else None


_LISTED = """
  const titleOf = root => root.getAttribute(plan.title)
    ?? root.querySelector(plan.heading)?.textContent?.trim() ?? '';
  const listed = () => {
    const marked = [...document.querySelectorAll(plan.selector)].slice(0, 1000);
    const byId = new Map();
    for (const root of marked) {
      const own = root.getAttribute(plan.id);
      const title = titleOf(root);
      const id = (own || root.id || title || 'panel').slice(0, 200);
      // An id of the author's stands for one panel; of equal titles each is a panel.
      if (byId.has(id) && own) continue;
      let unique = id;
      for (let copy = 2; byId.has(unique); copy += 1) unique = `${id} (${copy})`;
      byId.set(unique, {root, title: (title || unique).slice(0, 200)});
    }
    if (!byId.size && plan.whole && document.body) {
      byId.set('page', {root: document.body, title: document.title.slice(0, 200) || 'page'});
    }
    return byId;
  };
"""

AWAIT_MARKED = wait_script(
    STATE_OF
    + _LISTED
    + """
  const byId = listed();
  const wanted = plan.panels.length ? plan.panels : byId.size ? [...byId.keys()] : [''];
  const isOpen = panel => !panel || signOf(panel.root, plan.signs) === 'loading';
  return wanted.map(id => byId.get(id) ?? null).filter(isOpen).map(panel => panel?.root ?? null);
  """
)

READ_MARKED = (
    "plan => {"
    + SCROLLERS
    + STATE_OF
    + _LISTED
    + """
  const panels = [];
  for (const [id, {root, title}] of listed()) {
    if (panels.length >= 200 || (plan.panels.length && !plan.panels.includes(id))) continue;
    const state = signOf(root, plan.signs) ?? 'unsigned';
    const text = state === 'error' ? errorText(root, plan.signs) : '';
    panels.push({id, title, state, text, box: boxOf(root)});
  }
  return {panels};
}"""
)
