"""Panels of any page: how its author, or the connector's settings, mark them and their states."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pydantic.alias_generators import to_camel

from adapters.dashboards.page.scripts import SCROLLERS, STATE_OF, wait_script
from adapters.dashboards.page.signs import Sign, Signs

_OURS = Signs(
    error=((":scope[data-state=error]", ""),),
    loading=(
        (":scope[data-panel-id]:not([data-state])", ""),
        (":scope[data-state]:not([data-state=ready], [data-state=empty], [data-state=error])", ""),
    ),
    empty=((":scope[data-state=empty]", ""),),
    ready=((":scope[data-state=ready]", ""),),
)
"""Where the settings name no sign of any state."""
_LOADING: tuple[Sign, ...] = (
    ("[aria-busy=true], [role=progressbar]", ""),
    ("[class~=loading i], [class*=spinner i], [class*=skeleton i]", ""),
)
"""What most pages show while they load; it counts only where no other sign is seen."""
_STATES = "error", "loading", "empty", "ready"
_OLDER = frozenset({"stateAttribute", "readyValue", "emptyValue", "errorValue"})


@dataclass(frozen=True)
class PanelMarks:
    """How a page marks its panels. A connector's settings override each, in camelCase.

    `panel_selector` "" means the elements with `panel_id_attribute`. A panel's id is that attribute; unless
    the settings name one (`has_ids`), else the element's own id, else its title. `signs` are those of the
    panel's states.
    """

    panel_selector: str = ""
    panel_id_attribute: str = "data-panel-id"
    title_attribute: str = "data-panel-title"
    title_selector: str = "h1, h2, h3, h4, h5, h6, [role=heading], figcaption, caption, legend"
    panel_header: str = "X-Panel-Id"
    service_label: str = "service"
    signs: Signs = _OURS
    has_ids: bool = False

    @property
    def must_say(self) -> bool:
        """Whether the settings name the sign of being ready: without it a panel still loads."""
        return self.signs is not _OURS and bool(self.signs.ready)

    @property
    def is_ours(self) -> bool:
        """Whether the page is one that marks its panels as ours do."""
        return not self.panel_selector and self.signs is _OURS

    @property
    def plan(self) -> dict[str, Any]:
        """The marks as the scripts take them."""
        return {
            "selector": self.panel_selector or f"[{self.panel_id_attribute}]",
            "whole": not self.panel_selector,
            "id": self.panel_id_attribute,
            "hasIds": self.has_ids,
            "title": self.title_attribute,
            "heading": self.title_selector,
            "signs": asdict(self.signs),
            "guesses": asdict(Signs(loading=_LOADING)),
            "mustSay": self.must_say,
        }

    @property
    def selectors(self) -> list[str]:
        """All CSS selectors that the settings may have changed."""
        signs = (*self.signs.error, *self.signs.loading, *self.signs.empty, *self.signs.ready)
        chosen = (self.panel_selector, f"[{self.panel_id_attribute}]", *(css for css, _ in signs))
        return [self.title_selector, *(css for css in chosen if css)]


def marks_from(settings: Mapping[str, str]) -> PanelMarks:
    """The defaults with what a connector's settings override.

    `readySelector` and `readyText` are the sign of being ready, and so on for empty, error and loading; then
    only these count. `stateAttribute` with `readyValue`, `emptyValue` and `errorValue` is the older form.
    """
    wires = {each.name: to_camel(each.name) for each in fields(PanelMarks) if each.type is str}
    named = {name: settings[wire] for name, wire in wires.items() if wire in settings}
    signs = Signs(**{state: _signs(settings, state) for state in _STATES})
    has_ids = "panelIdAttribute" in settings
    return PanelMarks(**named, signs=_OURS if signs == Signs() else signs, has_ids=has_ids)


def _signs(settings: Mapping[str, str], state: str) -> tuple[Sign, ...]:
    selector, text = settings.get(f"{state}Selector", ""), settings.get(f"{state}Text", "")
    if selector or text:
        return ((selector, text),)
    if state == "loading" or not settings.keys() & _OLDER:
        return ()
    attribute, value = settings.get("stateAttribute", "data-state"), settings.get(f"{state}Value", state)
    return ((f':scope[{attribute}="{_escaped(value)}"]', ""),)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


_LISTED = """
  const plain = text => (text ?? '').replace(/[\\s\\p{C}]+/gu, ' ').trim().slice(0, 90);
  const headingOf = root => plain(root.querySelector(plan.heading)?.textContent);
  const titleOf = root => root.getAttribute(plan.title) ?? headingOf(root);
  const listed = () => {
    const marked = [...document.querySelectorAll(plan.selector)].slice(0, 1000);
    const byId = new Map();
    for (const root of marked) {
      const own = root.getAttribute(plan.id)?.slice(0, 200);
      if (plan.hasIds && !own) continue;
      const title = titleOf(root);
      const id = own || plain(root.id) || title || 'panel';
      // An id of the author's stands for one panel; of equal titles each is a panel.
      if (byId.has(id) && own) continue;
      let unique = id;
      for (let copy = 2; byId.has(unique); copy += 1) unique = `${id} (${copy})`;
      byId.set(unique, {root, title: (title || unique).slice(0, 200)});
    }
    if (!byId.size && plan.whole && document.body) {
      byId.set('page', {root: document.body, title: plain(document.title) || 'page'});
    }
    return byId;
  };
  // The page's own signs come first; without any, what most pages show while they load.
  const stateOf = root => signOf(root, plan.signs) ?? signOf(root, plan.guesses)
    ?? (plan.mustSay ? 'loading' : 'unsigned');
"""

AWAIT_MARKED = wait_script(
    STATE_OF
    + _LISTED
    + """
  const byId = listed();
  const wanted = plan.panels.length ? plan.panels : byId.size ? [...byId.keys()] : [''];
  const isOpen = panel => !panel || stateOf(panel.root) === 'loading';
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
    const state = stateOf(root);
    const text = state === 'error' ? errorText(root, plan.signs) : '';
    panels.push({id, title, state, text, box: boxOf(root)});
  }
  return {panels};
}"""
)

WRONG_SELECTORS = """selectors => selectors.filter(css => {
  try { document.createElement('div').matches(css); return false } catch { return true }
})"""
