"""What runs inside the page. Each takes the plan: `{panels, selector, id, title, state, error, done}`."""

_AWAIT = """plan => new Promise(finish => {
  const open = () => {%s};
  const began = performance.now();
  let looked = -Infinity, due = 0, turn = 0;
  const look = () => {
    due = 0;
    looked = performance.now();
    const left = open();
    if (left.length && looked - began < plan.seconds * 1000) return left;
    watcher.disconnect();
    clearInterval(showing);
    if (!left.length) window.scrollTo(0, 0);
    const late = new Promise(end => setTimeout(end, 2000));  // a font may never come
    finish(Promise.race([document.fonts.ready, late]).then(() => true));
    return [];
  };
  // Panels that load, or even mount, only near the viewport: show each open one in turn, a moment each.
  const show = () => {
    const left = look(), shown = left.filter(panel => panel), page = document.scrollingElement;
    if (shown.length < left.length && turn %% 2) {
      const end = page.scrollTop + window.innerHeight >= page.scrollHeight - 1;
      window.scrollTo(0, end ? 0 : page.scrollTop + window.innerHeight * 0.8);
    } else if (shown.length) {
      shown[(turn >> 1) %% shown.length].scrollIntoView({block: 'nearest', behavior: 'instant'});
    }
    turn += 1;
  };
  // Asked when the page changes: asking in each frame makes Chromium draw each.
  const watcher = new MutationObserver(() => {
    due ||= setTimeout(look, Math.max(0, looked + 20 - performance.now()));
  });
  watcher.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  const showing = setInterval(show, 100);
  show();
})"""


def awaiting(open_panels: str) -> str:
    """A script that ends when no panel is open, or the plan's `seconds` are over.

    `open_panels` is the body of what lists them: elements, null for those that are not there yet.
    """
    return _AWAIT % open_panels


AWAIT_PANELS = awaiting("""
    const found = new Map();
    for (const element of document.querySelectorAll(plan.selector)) {
      const id = element.getAttribute(plan.id);
      if (id !== null && !found.has(id)) found.set(id, element);
    }
    const wanted = plan.panels.length ? plan.panels : found.size ? [...found.keys()] : [''];
    const isDone = panel => panel && plan.done.includes(panel.getAttribute(plan.state));
    return wanted.map(id => found.get(id) ?? null).filter(panel => !isDone(panel));
  """)

READ_PANELS = """plan => {
  const panels = [];
  for (const element of document.querySelectorAll(plan.selector)) {
    const id = element.getAttribute(plan.id);
    if (id === null || panels.length >= 200 || panels.some(panel => panel.id === id)) continue;
    if (plan.panels.length && !plan.panels.includes(id)) continue;
    const box = element.getBoundingClientRect();
    const state = element.getAttribute(plan.state) ?? '';
    panels.push({
      id: id.slice(0, 200),
      title: (element.getAttribute(plan.title) ?? id).slice(0, 200),
      state: state.slice(0, 200),
      text: state === plan.error ? (element.innerText ?? '').slice(0, 1000) : '',
      box: {x: box.x + window.scrollX, y: box.y + window.scrollY, width: box.width, height: box.height},
    });
  }
  return {panels};
}"""
