"""What runs inside the page. Each takes the plan: `{panels, selector, id, title, state, error, done}`."""

AWAIT_PANELS = """plan => {
  const found = new Map();
  for (const element of document.querySelectorAll(plan.selector)) {
    const id = element.getAttribute(plan.id);
    if (id !== null && !found.has(id)) found.set(id, element);
  }
  const wanted = plan.panels.length ? plan.panels : [...found.keys()];
  const isDone = id => found.has(id) && plan.done.includes(found.get(id).getAttribute(plan.state));
  const open = wanted.filter(id => !isDone(id));
  if (wanted.length && !open.length) { window.scrollTo(0, 0); return true; }
  // Panels that load, or even mount, only near the viewport: show each open one in turn, a moment each.
  // The plan lives as long as the wait, so it remembers where we are.
  const now = performance.now();
  if (now < (plan.next ?? 0)) return false;
  plan.next = now + 100;
  plan.turn = (plan.turn ?? -1) + 1;
  const shown = open.filter(id => found.has(id)).map(id => found.get(id));
  const page = document.scrollingElement;
  if (shown.length < open.length && plan.turn % 2) {
    const end = page.scrollTop + window.innerHeight >= page.scrollHeight - 1;
    window.scrollTo(0, end ? 0 : page.scrollTop + window.innerHeight * 0.8);
  } else if (shown.length) {
    shown[(plan.turn >> 1) % shown.length].scrollIntoView({block: 'nearest', behavior: 'instant'});
  }
  return false;
}"""

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
