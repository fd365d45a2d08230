"""Masks cover what a connector keeps private, before a picture or a number leaves the browser."""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import TypeVar

from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from adapters.dashboards.page.patterns import COVERED, TEXT_LENGTH, Patterns, PatternTimeError
from missions.errors import BrowserError, InvalidError
from missions.evidence import Change, LogLine, PanelObservation, Series, Span
from missions.plan import Masks

_Maskable = TypeVar("_Maskable", Series, LogLine, Change, Span, PanelObservation)
_SETTLE_S = 2.0
_BATCH = 5_000

# Runs in each document before its own scripts: hides elements, and covers each text before it is drawn. The
# worker says how much of a text may be shown, because a browser's regular expressions backtrack. Without its
# answer a text stays covered. Text that a page paints on a canvas stays visible.
_COVER = """(() => {
  const {selectors, covered, longest, batch, ask} = %s;
  const answers = new Map(), waiting = new Map(), shown = new WeakMap(), written = new WeakMap();
  let sending = false;
  const show = (node, text) => { shown.set(node, text); node.data = text; };
  const cover = node => {
    if (node.nodeType !== Node.TEXT_NODE) return node.childNodes.forEach(cover);
    const text = node.data;
    if (!text.trim() || shown.get(node) === text || node.parentElement?.closest('script, style')) return;
    written.set(node, text);
    if (answers.has(text)) return show(node, answers.get(text));
    show(node, covered);
    if (text.length > longest) return;
    if (!waiting.has(text)) waiting.set(text, new Set());
    waiting.get(text).add(node);
  };
  const send = async () => {
    if (sending) return;
    sending = true;
    try {
      while (waiting.size) {
        const sent = [...waiting].slice(0, batch);
        const results = await window[ask](sent.map(([text]) => text));
        if (answers.size > 4 * batch) answers.clear();
        sent.forEach(([text, nodes], index) => {
          waiting.delete(text);
          answers.set(text, results[index]);
          nodes.forEach(node => {
            if (written.get(node) === text && node.data === covered) show(node, results[index]);
          });
        });
      }
    } finally { sending = false; }
  };
  const watch = () => {
    window[ask + 'Waiting'] = () => waiting.size;
    cover(document.documentElement);
    send();
    new MutationObserver(changes => {
      changes.forEach(change => {
        if (change.type === 'characterData') cover(change.target); else change.addedNodes.forEach(cover);
      });
      send();
    }).observe(document.documentElement, {subtree: true, childList: true, characterData: true});
  };
  const begin = () => {
    const style = document.createElement('style');
    style.textContent = selectors.map(each => `${each} { visibility: hidden !important }`).join('\\n');
    document.documentElement.append(style);
    if (ask) watch();
  };
  if (document.documentElement) begin();
  else new MutationObserver((_, watcher) => {
    if (document.documentElement) { watcher.disconnect(); begin(); }
  }).observe(document, {childList: true});
})()"""
_CHECK = "selectors => selectors.forEach(selector => document.querySelector(selector))"
_ASK = "__opsAgentMask"
_SETTLED = f"() => !window.{_ASK}Waiting?.()"
# An editor takes a change of its text for typing: it is hidden as a whole.
_EDITORS = "[contenteditable]:not([contenteditable=false])"


class Masking:
    """The masks of one connector, for one visit."""

    def __init__(self, masks: Masks) -> None:
        """Raises BrowserError for a pattern that is not supported: older releases stored others."""
        self._selectors = masks.selectors
        try:
            self._patterns = Patterns(masks.patterns)
        except InvalidError as error:
            raise BrowserError(f"masks: {error.detail}; change the connector") from error
        self._answering = asyncio.Lock()

    async def cover(self, page: Page) -> None:
        """Masks every document of the page; call it before the first is opened.

        Raises BrowserError for a selector that the browser does not accept.
        """
        if not self._selectors and not self._patterns:
            return
        try:
            await page.evaluate(_CHECK, self._selectors)
        except Error as error:
            raise BrowserError("masks: the browser cannot read one of the connector's selectors") from error
        if self._patterns:
            await page.expose_function(_ASK, self._answer)
        plan = {
            "selectors": (*self._selectors, *((_EDITORS,) if self._patterns else ())),
            "covered": COVERED,
            "longest": TEXT_LENGTH,
            "batch": _BATCH,
            "ask": _ASK if self._patterns else "",
        }
        await page.add_init_script(_COVER % json.dumps(plan))

    async def settle(self, page: Page) -> None:
        """Waits until the page's texts are checked; after two seconds some stay covered."""
        if self._patterns:
            with contextlib.suppress(PlaywrightTimeoutError):
                await page.wait_for_function(_SETTLED, polling=20, timeout=_SETTLE_S * 1000)

    def apply(self, items: Sequence[_Maskable]) -> tuple[_Maskable, ...]:
        """The items with every text covered that a pattern matches; numbers and times stay.

        It may take seconds: call it in a thread. Raises BrowserError where the patterns take too long.
        """
        if not self._patterns:
            return tuple(items)
        try:
            return tuple(self._covered(item) for item in items)
        except PatternTimeError as error:
            raise BrowserError("masks: the patterns take too long; use fewer or simpler ones") from error

    async def _answer(self, texts: list[str]) -> list[str]:
        """What the page may show of each text. The page itself may call it, with anything."""
        async with self._answering:
            return await asyncio.to_thread(self._shown, [str(text) for text in texts[:_BATCH]])

    def _shown(self, texts: list[str]) -> list[str]:
        try:
            return [self._patterns.cover(text) for text in texts]
        except PatternTimeError:
            return [COVERED] * len(texts)

    def _covered(self, item: _Maskable) -> _Maskable:
        cover = self._patterns.cover
        changes: dict[str, object] = {}
        for name, value in item:
            if name == "id" and isinstance(item, PanelObservation):
                continue  # the connector's configuration, not the page, gives a panel its id
            if type(value) is str:
                changes[name] = cover(value)
            elif isinstance(value, dict):
                changes[name] = {cover(key): cover(text) for key, text in value.items()}
            elif name == "texts" and isinstance(value, tuple):
                changes[name] = tuple((moment, cover(text)) for moment, text in value)
        return item.model_copy(update=changes)
