"""JavaScript that runs inside the page. Its plan is `{panels, selector, id, title, state, error, done}`."""

_AWAIT = """plan => new Promise(finish => {
  const openPanels = () => {%s};
  const startedAt = performance.now();
  let checkedAt = -Infinity, timer = 0, turn = 0;
  const check = () => {
    timer = 0;
    checkedAt = performance.now();
    const left = openPanels();
    if (left.length && checkedAt - startedAt < plan.seconds * 1000) return left;
    watcher.disconnect();
    clearInterval(scrolling);
    if (!left.length) window.scrollTo(0, 0);
    const late = new Promise(end => setTimeout(end, 2000));  // a font may never come
    finish(Promise.race([document.fonts.ready, late]).then(() => true));
    return [];
  };
  // Some panels load, or even mount, only near the viewport: scroll to each open one in turn.
  const scroll = () => {
    const left = check(), mounted = left.filter(panel => panel), page = document.scrollingElement;
    if (mounted.length < left.length && turn %% 2) {
      const end = page.scrollTop + window.innerHeight >= page.scrollHeight - 1;
      window.scrollTo(0, end ? 0 : page.scrollTop + window.innerHeight * 0.8);
    } else if (mounted.length) {
      mounted[(turn >> 1) %% mounted.length].scrollIntoView({block: 'nearest', behavior: 'instant'});
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
    return _AWAIT % open_panels


AWAIT_PANELS = wait_script("""
    const byId = new Map();
    for (const element of document.querySelectorAll(plan.selector)) {
      const id = element.getAttribute(plan.id);
      if (id !== null && !byId.has(id)) byId.set(id, element);
    }
    const wanted = plan.panels.length ? plan.panels : byId.size ? [...byId.keys()] : [''];
    const isDone = panel => panel && plan.done.includes(panel.getAttribute(plan.state));
    return wanted.map(id => byId.get(id) ?? null).filter(panel => !isDone(panel));
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
