"""JavaScript that runs inside the page."""

SCROLLERS = """
  const page = document.scrollingElement ?? document.documentElement;
  const scrolls = element => element.scrollHeight > element.clientHeight + 1
    && /auto|scroll|overlay/.test(getComputedStyle(element).overflowY);
  // What scrolls a panel: many pages have an element of their own for it, and the document stays.
  const scrollerOf = panel => {
    for (let element = panel.parentElement; element && element !== page; element = element.parentElement) {
      if (scrolls(element)) return element;
    }
    return page;
  };
  const toTop = scroller => scroller.scrollTo({top: 0, behavior: 'instant'});
  const largestScroller = () => {
    if (page.scrollHeight > page.clientHeight + 1) return page;
    const area = element => element.clientWidth * element.clientHeight;
    const inside = [...document.querySelectorAll('body, div, main, section')].filter(scrolls);
    return inside.sort((first, second) => area(second) - area(first))[0] ?? page;
  };
  // A panel's place on the page; nothing of one that its scroller hides.
  const boxOf = panel => {
    const box = panel.getBoundingClientRect(), scroller = scrollerOf(panel);
    const hidden = scroller !== page && box.y >= scroller.getBoundingClientRect().bottom;
    if (hidden) return {x: 0, y: 0, width: 0, height: 0};
    return {x: box.x + window.scrollX, y: box.y + window.scrollY, width: box.width, height: box.height};
  };
"""

NEEDED_HEIGHT = (
    "() => {"
    + SCROLLERS
    + """
  const scroller = largestScroller();
  return scroller === page ? 0 : window.innerHeight + scroller.scrollHeight - scroller.clientHeight;
}"""
)
"""How tall the window must be so that an element that scrolls shows all; 0 where the document scrolls."""

SCROLL_TO_TOP = "() => {" + SCROLLERS + "[page, largestScroller()].forEach(toTop); }"

STATE_OF = """
  const visible = element => {
    const style = getComputedStyle(element);
    return element.getClientRects().length > 0 && style.visibility !== 'hidden';
  };
  // Of the panel itself, and of what is inside it.
  const selected = (root, css) => !css ? [root]
    : root.matches(css) ? [root, ...root.querySelectorAll(css)] : [...root.querySelectorAll(css)];
  const signed = (root, [css, text]) => selected(root, css).filter(element =>
    (element === root || visible(element))
    // Of a whole panel only what people see: it may hold scripts and hidden parts.
    && (!text || (css ? element.textContent : element.innerText ?? '').includes(text)));
  const shows = (root, signs) => signs.some(sign => signed(root, sign).length);
  const signOf = (root, signs) =>
    ['error', 'loading', 'empty', 'ready'].find(state => shows(root, signs[state]));
  const errorText = (root, signs) => signs.error.flatMap(sign => signed(root, sign))
    .map(element => element.innerText ?? '').join(' ').slice(0, 1000);
"""
"""The state of a panel by the signs that its root shows."""

_AWAIT = """plan => new Promise(finish => {
  %s
  const openPanels = () => {%s};
  const startedAt = performance.now();
  const scrolled = new Set([page]);
  let checkedAt = -Infinity, timer = 0, turn = 0;
  const check = () => {
    timer = 0;
    checkedAt = performance.now();
    const left = openPanels();
    if (left.length && checkedAt - startedAt < plan.seconds * 1000) return left;
    watcher.disconnect();
    clearInterval(scrolling);
    if (!left.length) for (const scroller of scrolled) toTop(scroller);
    const late = new Promise(end => setTimeout(end, 2000));  // a font may never come
    finish(Promise.race([document.fonts.ready, late]).then(() => true));
    return [];
  };
  // Some panels load, or even mount, only near the viewport: scroll to each open one in turn.
  const scroll = () => {
    const left = check(), mounted = left.filter(panel => panel);
    if (mounted.length < left.length && turn %% 2) {
      const scroller = mounted.length ? scrollerOf(mounted[0]) : largestScroller();
      const end = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
      scroller.scrollTo(0, end ? 0 : scroller.scrollTop + scroller.clientHeight * 0.8);
      scrolled.add(scroller);
    } else if (mounted.length) {
      const panel = mounted[(turn >> 1) %% mounted.length];
      panel.scrollIntoView({block: 'nearest', behavior: 'instant'});
      scrolled.add(scrollerOf(panel));
    }
    turn += 1;
  };
  // Checks when the page changes: a check in each animation frame makes Chromium draw every frame.
  const watcher = new MutationObserver(() => {
    timer ||= setTimeout(check, Math.max(0, checkedAt + 20 - performance.now()));
  });
  watcher.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  const scrolling = setInterval(scroll, 100);
  scroll();
})"""


def wait_script(open_panels: str) -> str:
    """A script that ends when no panel is open, or when the plan's `seconds` are over.

    `open_panels` is the body of a function that lists them: elements, or null for one not yet mounted.
    """
    return _AWAIT % (SCROLLERS, open_panels)
