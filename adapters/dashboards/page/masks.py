"""Masks cover what a connector keeps private, before a picture or a number leaves the browser."""

import json
import re
from collections.abc import Sequence
from typing import TypeVar

from playwright.async_api import Error, Page

from missions.errors import BrowserError
from missions.evidence import Change, LogLine, PanelObservation, Series, Span
from missions.plan import Masks

COVERED = "█████"
_Maskable = TypeVar("_Maskable", Series, LogLine, Change, Span, PanelObservation)

# Runs in each document before its own scripts: hides elements, and covers text as soon as it appears, so that
# pictures and the live view show neither. Text that a page paints on a canvas stays visible.
_COVER = """(() => {
  const {selectors, patterns, covered} = %s;
  const expressions = patterns.map(pattern => new RegExp(pattern, 'g'));
  const cover = node => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = expressions.reduce((text, pattern) => text.replace(pattern, covered), node.data);
      if (text !== node.data) node.data = text;
    } else for (const child of node.childNodes) cover(child);
  };
  const begin = () => {
    const style = document.createElement('style');
    style.textContent = selectors.map(each => `${each} { visibility: hidden !important }`).join('\\n');
    document.documentElement.append(style);
    if (!expressions.length) return;
    cover(document.documentElement);
    new MutationObserver(changes => changes.forEach(change => {
      if (change.type === 'characterData') cover(change.target); else change.addedNodes.forEach(cover);
    })).observe(document.documentElement, {subtree: true, childList: true, characterData: true});
  };
  if (document.documentElement) begin();
  else new MutationObserver((_, watcher) => {
    if (document.documentElement) { watcher.disconnect(); begin(); }
  }).observe(document, {childList: true});
})()"""
_CHECK = """({selectors, patterns}) => {
  selectors.forEach(selector => document.querySelector(selector));
  patterns.forEach(pattern => new RegExp(pattern, 'g'));
}"""


class Masking:
    """The masks of one connector, for one visit."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._patterns = [re.compile(pattern) for pattern in masks.patterns]

    async def cover(self, page: Page) -> None:
        """Masks every document of the page; call it before the first is opened.

        Raises BrowserError for a selector or pattern that the browser does not accept.
        """
        if not self._masks.selectors and not self._masks.patterns:
            return
        plan = {"selectors": self._masks.selectors, "patterns": self._masks.patterns}
        try:
            await page.evaluate(_CHECK, plan)
        except Error as error:
            raise BrowserError("masks: the browser cannot read one of the connector's masks") from error
        await page.add_init_script(_COVER % json.dumps({**plan, "covered": COVERED}))

    def apply(self, items: Sequence[_Maskable]) -> tuple[_Maskable, ...]:
        """The items with every text covered that a pattern matches; numbers and times stay."""
        if not self._patterns:
            return tuple(items)
        return tuple(self._covered(item) for item in items)

    def _covered(self, item: _Maskable) -> _Maskable:
        changes: dict[str, object] = {}
        for name, value in item:
            if name == "id" and isinstance(item, PanelObservation):
                continue  # the connector's configuration, not the page, gives a panel its id
            if type(value) is str:
                changes[name] = self.text(value)
            elif isinstance(value, dict):
                changes[name] = {self.text(key): self.text(text) for key, text in value.items()}
            elif name == "texts" and isinstance(value, tuple):
                changes[name] = tuple((moment, self.text(text)) for moment, text in value)
        return item.model_copy(update=changes)

    def text(self, text: str) -> str:
        """The text with every match of a pattern covered."""
        for pattern in self._patterns:
            text = pattern.sub(COVERED, text)
        return text
