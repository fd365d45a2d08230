"""Masks: what a connector says must not leave the browser is covered before anything is taken."""

import json
import re
from collections.abc import Sequence
from typing import TypeVar

from playwright.async_api import Error, Page

from missions.errors import BrowserError
from missions.evidence import Change, LogLine, PanelObservation, Series, Span
from missions.plan import Masks

COVERED = "█████"
_Told = TypeVar("_Told", Series, LogLine, Change, Span, PanelObservation)

# Runs in each document before its own scripts: hides elements, and covers text as soon as it appears, so that
# pictures and the live view show neither. Text that a page paints on a canvas it cannot know.
_COVER = """(() => {
  const {selectors, patterns, covered} = %s;
  const known = patterns.map(pattern => new RegExp(pattern, 'g'));
  const cover = node => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = known.reduce((text, pattern) => text.replace(pattern, covered), node.data);
      if (text !== node.data) node.data = text;
    } else for (const child of node.childNodes) cover(child);
  };
  const begin = () => {
    const style = document.createElement('style');
    style.textContent = selectors.map(one => `${one} { visibility: hidden !important }`).join('\\n');
    document.documentElement.append(style);
    if (!known.length) return;
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
  selectors.forEach(one => document.querySelector(one));
  patterns.forEach(one => new RegExp(one, 'g'));
}"""


class Masking:
    """The masks of one connector, for one visit."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._patterns = [re.compile(pattern) for pattern in masks.patterns]

    async def cover(self, page: Page) -> None:
        """Before anything is opened. Raises BrowserError where a mask cannot be read."""
        if not self._masks.selectors and not self._masks.patterns:
            return
        plan = {"selectors": self._masks.selectors, "patterns": self._masks.patterns}
        try:
            await page.evaluate(_CHECK, plan)
        except Error as error:
            raise BrowserError("masks: the browser cannot read one of the connector's masks") from error
        await page.add_init_script(_COVER % json.dumps({**plan, "covered": COVERED}))

    def told(self, words: Sequence[_Told]) -> tuple[_Told, ...]:
        """The same with every text covered that a pattern matches; numbers and times stay."""
        if not self._patterns:
            return tuple(words)
        return tuple(self._covered(word) for word in words)

    def _covered(self, word: _Told) -> _Told:
        changes: dict[str, object] = {}
        for name, value in word:
            if name == "id" and isinstance(word, PanelObservation):
                continue  # the connector's own word
            if type(value) is str:
                changes[name] = self.text(value)
            elif isinstance(value, dict):
                changes[name] = {self.text(key): self.text(text) for key, text in value.items()}
            elif name == "texts" and isinstance(value, tuple):
                changes[name] = tuple((moment, self.text(text)) for moment, text in value)
        return word.model_copy(update=changes)

    def text(self, text: str) -> str:
        """A text with what matches covered."""
        for pattern in self._patterns:
            text = pattern.sub(COVERED, text)
        return text
