"""`python -m bench._capture_site`: a dashboard of four panels on a loopback port, which it prints."""

import asyncio
import json

from aiohttp import web

PANELS = ("latency", "errors", "traffic", "memory")
_POINTS = 120
_PAGE = """<!doctype html><meta charset=utf-8><title>capture</title><style>
body { margin: 0; font: 12px sans-serif; display: grid; grid-template-columns: 1fr 1fr }
section { height: 350px; overflow: hidden; border: 1px solid #888 } td { padding: 0 8px }</style>
<body><script>
for (const id of PANELS) {
  const panel = document.createElement('section');
  Object.assign(panel.dataset, {panelId: id, panelTitle: id, state: 'loading'});
  document.body.append(panel);
  fetch('/api/v1/query_range?query=' + id, {headers: {'X-Panel-Id': id}}).then(a => a.json()).then(answer => {
    const table = document.createElement('table');
    for (const line of answer.data.result) for (const [time, value] of line.values.slice(0, 20)) {
      const row = table.insertRow();
      for (const text of [line.metric.service, time, value]) row.insertCell().textContent = text;
    }
    panel.append(table);
    panel.dataset.state = 'ready';
  });
}</script>""".replace("PANELS", json.dumps(PANELS))


async def _page(_: web.Request) -> web.Response:
    return web.Response(text=_PAGE, content_type="text/html")


async def _range(request: web.Request) -> web.Response:
    metric = request.query["query"]
    lines = [
        {
            "metric": {"__name__": metric, "service": service},
            "values": [[1_772_366_400 + second, f"{second / 7:.6f}"] for second in range(_POINTS)],
        }
        for service in ("web", "checkout", "payments")
    ]
    return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": lines}})


async def serve() -> None:
    """Prints the port, and serves until the process is killed."""
    app = web.Application()
    app.router.add_get("/", _page)
    app.router.add_get("/api/v1/query_range", _range)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
