"""Broken and malicious pages, each with the outcome that its visit must have."""

from dataclasses import dataclass

_TOP = """<!doctype html><meta charset=utf-8><title>hostile</title>
<style>body { margin: 0 } section { height: 140px; border: 1px solid }</style><body><script>
const panel = (id, state = 'loading') => {
  const element = document.createElement('section');
  Object.assign(element.dataset, {panelId: id, panelTitle: id, state});
  element.append(id);
  return document.body.appendChild(element);
};
const ask = async (id, url = '/api/v1/query_range?query=up') => {
  const element = document.querySelector(`[data-panel-id="${id}"]`) ?? panel(id);
  try {
    const answer = await fetch(url, {headers: {'X-Panel-Id': id}});
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    await answer.text();
    element.dataset.state = 'ready';
  } catch (error) { element.append(error.message); element.dataset.state = 'error'; }
};
const quiet = attempt => { try { attempt()?.catch?.(() => 0); } catch {} };
</script>"""


@dataclass(frozen=True)
class HostilePage:
    """`script` runs in the page; `outcome` matches the visit's `state: reason`, or its error."""

    name: str
    outcome: str
    script: str = ""
    panels: tuple[str, ...] = ("p",)
    path: str = ""
    host: str = "127.0.0.1"

    @property
    def html(self) -> str:
        """The page; `ELSEWHERE`, `SOCKET` and `PORT` stand for the forbidden server."""
        return f"{_TOP}<script>{self.script}</script>"


_BROKEN = (
    HostilePage("spinner", "partial: p: still loading", "panel('p')"),
    HostilePage("nothing", "error: p: there is no such panel"),
    HostilePage("empty", "empty: p: the panel says that it is empty", "panel('p', 'empty')"),
    HostilePage("badge", "error: p: .*datasource", "panel('p', 'error').append('datasource not found')"),
    HostilePage(
        "half",
        "partial: a: .*HTTP 500",
        "for (const id of 'abcd') ask(id, id > 'b' ? undefined : '/broken/api/v1/query_range?query=up')",
        panels=("a", "b", "c", "d"),
    ),
    HostilePage(
        "lazy",
        "ready: ",
        """for (let n = 0; n < 30; n++) { const spot = document.createElement('div');
        spot.style.height = '300px'; document.body.append(spot);
        new IntersectionObserver((seen, watch) => { if (!seen[0].isIntersecting) return; watch.disconnect();
          const made = panel('p' + n); spot.replaceWith(made); ask('p' + n); }).observe(spot); }""",
        panels=tuple(f"p{number}" for number in range(30)),
    ),
    HostilePage(
        "virtualised",
        "ready: ",
        """const box = panel('p'); box.style.overflow = 'auto'; const all = document.createElement('div');
        all.style.cssText = 'height: 250000px; position: relative'; box.append(all);
        const draw = () => { all.replaceChildren(); const first = Math.floor(box.scrollTop / 25);
          for (let n = first; n < first + 8; n++) { const row = document.createElement('div');
            row.style.cssText = `position: absolute; top: ${n * 25}px`; row.append('row ' + n);
            all.append(row); } };
        box.onscroll = draw; draw(); ask('p')""",
    ),
    HostilePage(
        "skew",
        "ready: ",
        "const now = Date.now; Date.now = () => now() + 864e5; performance.now = () => 1e12; ask('p')",
    ),
    HostilePage("login-wall", "error: .*the page asks for a login", "location = '/login'"),
    HostilePage("basic", "denied: /basic answered HTTP 401", path="/basic"),
    HostilePage("silent", "timeout: the page did not open", path="/silent"),
    HostilePage("drip", "partial|timeout|error", path="/drip"),
    HostilePage("redirects", "unreachable: the page redirects in a circle", path="/redirects"),
    HostilePage(
        "answer",
        "partial: p: its answer (is larger|was lost)",
        "ask('p', '/large/api/v1/query_range?query=up')",
    ),
    HostilePage(
        "nodes", "ready|partial|timeout", "document.body.innerHTML += '<i>x</i>'.repeat(3e5); ask('p')"
    ),
)
_HOSTILE = (
    HostilePage("large", "budget_exceeded: .* MB", path="/large"),
    HostilePage("reloads", "budget_exceeded: .*loaded itself", "setTimeout(() => location.reload(), 1)"),
    HostilePage("asks", "budget_exceeded: .*requests", "for (let n = 0; n < 200; n++) fetch('/none?' + n)"),
    HostilePage(
        "windows", "budget_exceeded: .*windows", "for (let n = 0; n < 40; n++) open('/none', '_blank')"
    ),
    HostilePage("hangs", "timeout|browser", "panel('p'); for (;;);"),
    HostilePage("hangs-later", "timeout|browser", "ask('p').then(() => setTimeout(() => { for (;;); }, 1))"),
    HostilePage("alerts", "timeout|browser|partial|error", "ask('p'); for (;;) alert('x')"),
    HostilePage(
        "dialogs",
        "ready: ",
        """onbeforeunload = () => 'stay'; alert(1); confirm(2); prompt(3); print();
        quiet(() => document.documentElement.requestFullscreen()); ask('p')""",
    ),
    HostilePage(
        "permissions",
        "ready: ",
        """quiet(() => Notification.requestPermission()); quiet(() => navigator.geolocation
          .getCurrentPosition(() => 0)); quiet(() => navigator.clipboard.readText());
        quiet(() => navigator.mediaDevices.getUserMedia({audio: true})); ask('p')""",
    ),
    HostilePage("download", "unreachable: .*Download", path="/file"),
    HostilePage(
        "downloads",
        "ready: ",
        """for (let n = 0; n < 5; n++) { const link = document.createElement('a');
        Object.assign(link, {href: '/file', download: 'evil.sh'}); document.body.append(link); link.click(); }
        ask('p')""",
    ),
    HostilePage("metadata", "blocked: the page tried to leave for http://169.254.169.254/", path="/metadata"),
    HostilePage("metadata-later", "blocked: ", "location = 'http://[fd00:ec2::254]/latest'"),
    HostilePage("leaves", "blocked: ", "setTimeout(() => location = 'ELSEWHERE/left', 200)"),
    HostilePage("script-url", "ready: ", "location = 'javascript:void 0'; ask('p')"),
    HostilePage("file-url", "ready|blocked", "quiet(() => location = 'file:///etc/passwd'); ask('p')"),
    HostilePage("data-url", "ready|blocked", "quiet(() => location = 'data:text/html,x'); ask('p')"),
    HostilePage(
        "sockets",
        "ready: .*blocked",
        """quiet(() => new WebSocket('SOCKET')); quiet(() => new EventSource('ELSEWHERE/events'));
        quiet(() => new WebTransport('ELSEWHERE/transport')); quiet(() => navigator.sendBeacon('ELSEWHERE'));
        const code = "new WebSocket('SOCKET'); fetch('ELSEWHERE').catch(() => 0).then(() => postMessage(1))";
        const worker = new Worker(URL.createObjectURL(new Blob([code])));
        worker.onmessage = () => ask('p')""",
    ),
    HostilePage(
        "webrtc",
        "ready: ",
        """const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:PORT'},
          {urls: 'turn:127.0.0.1:PORT?transport=tcp', username: 'u', credential: 'c'}]});
        peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));
        ask('p')""",
    ),
    HostilePage(
        "service-worker",
        "ready: ",
        "quiet(() => navigator.serviceWorker.register('/worker.js')); ask('p')",
    ),
    HostilePage(
        "frames",
        "ready: .*blocked",
        """for (const url of ['ELSEWHERE/frame', '/metadata', 'file:///etc/passwd', 'chrome://version',
          'view-source:file:///etc/passwd', 'http://2130706433:PORT/', 'http://0x7f.1:PORT/',
          'http://[::ffff:127.0.0.1]:PORT/', 'http://localhost.:PORT/', 'http://127.0.0.1.nip.io:PORT/',
          'http://user@127.0.0.1:PORT/', 'http://\uff11\uff12\uff17.0.0.1:PORT/']) {
          const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame);
          new Image().src = url; quiet(() => fetch(url, {mode: 'no-cors'})); }
        document.body.insertAdjacentHTML('beforeend', `<link rel=prefetch href=ELSEWHERE/prefetch>
          <link rel=preconnect href=ELSEWHERE><link rel=dns-prefetch href=//secret.example>
          <link rel=stylesheet href=ELSEWHERE/style><object data=ELSEWHERE/object></object>
          <form id=f action=ELSEWHERE/form target=f2 method=post></form>`);
        f.submit(); ask('p')""",
    ),
    HostilePage(
        "rebinding",
        "ready: ",
        "(async () => { for (let n = 0; n < 20; n++) await fetch('/none?' + n); await ask('p') })()",
        host="dash.example",
    ),
    HostilePage(
        "liar",
        ".*",
        """const fake = () => { throw new Error('no') }; JSON.stringify = fake; Array.from = fake;
        document.querySelectorAll = fake; Element.prototype.getAttribute = fake; Promise = fake""",
    ),
)
TRIALS = _BROKEN + _HOSTILE
