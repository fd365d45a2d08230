"""A Grafana of a given version, according to its published selectors and schemas."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Version = tuple[int, int]
PAGE = """<!doctype html><title>Grafana</title><body style="margin:0"><script>
const plan = %s;
if (plan.asks) fetch(plan.asks, {mode: 'no-cors'}).catch(() => {});
const mark = (element, text) => text.startsWith('data-testid')
  ? element.setAttribute('data-testid', text) : element.setAttribute('aria-label', text);
const child = (parent, text, tag = 'div') => {
  const made = document.createElement(tag); if (text) mark(made, text); parent.append(made);
  made.style.cssText = 'min-height:4px'; return made;
};
const later = milliseconds => new Promise(done => setTimeout(done, milliseconds));
const ask = async (panel, root) => {
  const content = child(root, ''); content.className = 'panel-content';
  if (panel.text) { child(content, '', 'p').textContent = panel.text; return; }
  // The first markup of an old graph is there, nested and without a picture, before its query is sent.
  if (panel.late) { child(child(content, ''), '').textContent = ' '; await later(panel.late); }
  const loading = plan.loading ? child(root, plan.loading) : null;
  if (panel.shared) { child(content, '', 'canvas'); loading?.remove(); return; }
  try {
    const headers = {'Content-Type': 'application/json'};
    if (plan.headers) Object.assign(headers, {'X-Panel-Id': String(panel.id), 'X-Dashboard-Uid': 'shop'});
    const kind = panel.instant ? 'query' : 'query_range';
    const proxied = `/api/datasources/proxy/1/api/v1/${kind}?step=5&query=`;
    const answer = plan.proxy
      ? await fetch(proxied + encodeURIComponent(panel.expr), {headers})
      : await fetch('/api/ds/query?ds_type=prometheus', {method: 'POST', headers,
          body: JSON.stringify({queries: [{refId: 'A', expr: panel.expr}], from: plan.from, to: plan.to})});
    const text = await answer.text();
    if (!answer.ok || text.includes('"error":"')) throw new Error('query failed');
    if (panel.empty) { const empty = child(content, plan.empty); empty.textContent = 'No data';
      if (!plan.empty) empty.className = 'panel-empty'; }
    else child(content, '', 'canvas');
  } catch (error) { child(root, plan.error).textContent = '!'; }
  loading?.remove();
};
let grid = document.body;
if (plan.scroller) {  // up to 11 the document stays, and an element scrolls
  document.body.style.cssText = 'margin:0;height:100vh;overflow:hidden';
  grid = child(document.body, ''); grid.style.cssText = 'height:100vh;overflow-y:scroll';
}
for (const panel of plan.panels.filter(panel => !panel.row)) {
  const slot = document.createElement('div');
  slot.style.cssText = 'height:420px;border-bottom:1px solid'; grid.append(slot);
  if (plan.scroller) { slot.className = 'react-grid-item'; slot.id = `panel-${panel.id}`; }
  new IntersectionObserver((seen, watcher) => {
    if (!seen[0].isIntersecting) return;
    watcher.disconnect();
    const root = document.createElement('section'); root.style.cssText = 'height:400px';
    if (plan.key === 'viz') root.setAttribute('data-viz-panel-key', `panel-${panel.id}`);
    if (plan.key === 'id') root.setAttribute('data-panelid', panel.id);
    if (plan.key === 'old') {
      root.className = 'panel-container';
      child(root, `Panel header title item ${panel.title}`);
    } else mark(root, `data-testid Panel header ${panel.title}`);
    slot.append(root); ask(panel, root);
  }).observe(slot);
}
</script>"""
LOGIN = """<!doctype html><title>Grafana</title>
<form><input><input type=password><button>Log in</button></form><script>
const old = %s;
const [user, pass, button] = document.querySelectorAll('input, button');
const mark = (element, text) => old ? element.setAttribute('aria-label', text)
  : element.setAttribute('data-testid', 'data-testid ' + text);
mark(user, 'Username input field'); mark(pass, 'Password input field'); mark(button, 'Login button');
document.querySelector('form').onsubmit = async event => {
  event.preventDefault();
  const body = JSON.stringify({user: user.value, password: pass.value});
  const answer = await fetch('/login', {method: 'POST', body});
  if (answer.ok) location.href = '/';
};
</script>"""


@dataclass
class ContractGrafana:
    """`panels`: `{id, title, expr, unit?, empty?}`; `answers`: expression to the answer's body or status.

    A panel may also have `template` (its title in the model), `text` (and no query), `late` (milliseconds
    before it asks), `instant`, `shared` (another panel's result), `row` (a collapsed one), `copy` (only the
    page has it).
    """

    version: Version
    panels: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    user: tuple[str, str] | None = None
    token: str = ""
    url: str = ""
    logins: int = 0
    asked: list[str] = field(default_factory=list)
    other_plan: dict[str, Any] = field(default_factory=dict)

    def plan(self, request: web.Request) -> dict[str, Any]:
        """The features of this version's page."""
        version = self.version
        return {
            "panels": self.panels,
            "from": request.query.get("from"),
            "to": request.query.get("to"),
            "proxy": version < (8, 0),
            "headers": version < (8, 0) or version >= (9, 0),
            "scroller": version < (11, 0),
            "key": "viz" if version >= (11, 3) else "id" if version >= (8, 5) else "old",
            "loading": "Panel loading bar" if version >= (10, 0) else "",
            "empty": "data-testid Panel data error message" if version >= (10, 4) else "",
            "error": "data-testid Panel status error"
            if version >= (10, 2)
            else "Panel status"
            if version >= (9, 5)
            else "Panel header error",
        } | self.other_plan

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        path = request.path
        if path == "/api/health":
            return web.json_response({"database": "ok", "version": ".".join(map(str, self.version)) + ".0"})
        if path == "/login" and request.method == "POST":
            return self._login(json.loads(await request.text()))
        if path == "/login":
            text = LOGIN % json.dumps(self.version < (10, 2))
            return web.Response(text=text, content_type="text/html")
        if not self._known(request):
            if path.startswith("/api/"):
                return web.json_response({"message": "Unauthorized"}, status=401)
            raise web.HTTPFound("/login")
        return await self._inside(request)

    async def _inside(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path == "/api/user":
            return web.json_response({"login": "robot"}, status=200 if self.user else 404)
        if path == "/api/search":
            hits = [{"uid": "shop", "title": "Shop", "url": "/d/shop/shop", "tags": ["web"]}]
            return web.json_response(hits)
        if path == "/api/dashboards/uid/shop":
            return web.json_response({"dashboard": {"panels": self._models()}})
        if path == "/api/ds/query":
            asked = json.loads(await request.text())["queries"]
            if not asked:
                return web.json_response({"message": "no queries"}, status=400)
            return self._answer(asked[0]["expr"])
        if path.startswith("/api/datasources/proxy/"):
            return self._answer(request.query["query"])
        if path == "/":
            return web.Response(text="home", content_type="text/html")
        return web.Response(text=PAGE % json.dumps(self.plan(request)), content_type="text/html")

    def _models(self) -> list[dict[str, Any]]:
        rows: dict[str, list[dict[str, Any]]] = {}
        models = []
        for panel in self.panels:
            if panel.get("row"):
                rows.setdefault(panel["row"], []).append(self._model(panel))
            elif not panel.get("copy"):
                models.append(self._model(panel))
        closed = [
            {"id": 900 + place, "type": "row", "title": title, "collapsed": True, "panels": inside}
            for place, (title, inside) in enumerate(rows.items())
        ]
        return [*models, *closed]

    def _model(self, panel: dict[str, Any]) -> dict[str, Any]:
        title = panel.get("template", panel["title"])
        if "text" in panel:
            return {"id": panel["id"], "title": title, "type": "text"}
        if panel.get("shared"):
            source = {"type": "datasource", "uid": "-- Dashboard --"}
            return {"id": panel["id"], "title": title, "datasource": source, "targets": [{"panelId": 1}]}
        targets = [{"refId": "A", "expr": panel["expr"], "datasource": {"type": "prometheus", "uid": "p"}}]
        defaults = {"defaults": {"unit": panel.get("unit", "")}}
        return {"id": panel["id"], "title": title, "targets": targets, "fieldConfig": defaults}

    def _answer(self, expr: str) -> web.Response:
        content = self.answers[expr]
        if isinstance(content, int):
            return web.json_response({"message": "failed"}, status=content)
        if content.get("status") == "error":
            return web.json_response(content, status=400)
        return web.json_response(content)

    def _login(self, sent: dict[str, str]) -> web.Response:
        if self.user is None or (sent["user"], sent["password"]) != self.user:
            return web.json_response({"message": "Invalid username or password"}, status=401)
        self.logins += 1
        answer = web.json_response({"message": "Logged in"})
        answer.set_cookie("grafana_session", "session-of-robot", httponly=True)
        return answer

    def _known(self, request: web.Request) -> bool:
        if self.token:
            return request.headers.get("Authorization") == f"Bearer {self.token}"
        return self.user is None or request.cookies.get("grafana_session") == "session-of-robot"


@asynccontextmanager
async def serving(grafana: ContractGrafana) -> AsyncIterator[ContractGrafana]:
    """Serves it on a loopback port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", grafana.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    grafana.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield grafana
    finally:
        await runner.cleanup()
