import json
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from playwright.async_api import Request
from pydantic import BaseModel, TypeAdapter

from adapters.browser.chromium import first_line
from adapters.browser.login_wall import LoginWallError
from adapters.dashboards.extract import UNREADABLE
from adapters.dashboards.grafana_frames import read_frames
from adapters.dashboards.grafana_login import sign_in
from adapters.dashboards.grafana_model import Panel, panel_for, panels_of
from adapters.dashboards.grafana_ui import EXPLORE, region_of
from adapters.dashboards.page import PageDashboard
from adapters.dashboards.page_fetch import fetch
from adapters.dashboards.page_responses import PageResponse
from adapters.dashboards.questions import PanelRequest, form_of
from adapters.dashboards.region import AWAIT_REGIONS, READ_REGIONS, Region, plan_of
from adapters.dashboards.scene import Scene
from adapters.dashboards.shapes import query_of, reader_of
from missions.errors import BrowserError
from missions.evidence import Basis, Origin, Source
from missions.health import AccessRight, DashboardMatch
from missions.plan import PanelQuery

_FRAMES = ("/api/ds/query", "/query")
_MOST = 100


class _Health(BaseModel):
    version: str = ""
    database: str = ""


class _Hit(BaseModel):
    uid: str = ""
    title: str = ""
    url: str = ""
    tags: list[str] = []


_HITS = TypeAdapter(list[_Hit])


class GrafanaDashboard(PageDashboard):
    """Grafana 7.5 to 13: dashboards, single panels and Explore.

    A target's path is `/d/<uid>/…`, `/d-solo/<uid>/…` or `/explore?…`; its time range and `kiosk` are set
    here, its variables (`var-x=…`) are kept. Panels are named by number, `panel-` with the number, or title.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._base = scene.target.base_url.rstrip("/")
        self._label = scene.target.settings.get("serviceLabel", "service")
        self._version = ""
        self._model: tuple[Panel, ...] = ()

    @property
    def panels(self) -> tuple[str, ...]:
        """Those that the target names, else all of the dashboard; Explore is one panel."""
        if self._target.panels:
            return self._target.panels
        if self._explores:
            return ("explore",)
        return tuple(panel.id for panel in self._model)

    @property
    def source(self) -> Source:
        """Known from the vendor's published test selectors and schemas, for every version."""
        return Source(type="grafana", version=self._version, basis=Basis.CONTRACT)

    def listen(self, request: Request) -> PanelRequest | None:
        """Frames by the header that names their panel; a proxied datasource's own format by its query."""
        parts = urlsplit(request.url)
        if parts.path.endswith("/api/ds/query") or (
            "/apis/query.grafana.app/" in parts.path and parts.path.endswith("/query")
        ):
            return self._frames(request)
        reader = reader_of(request.url)
        if reader is None:
            return None
        query = query_of(request.url, form_of(request))
        panel = "" if "/api/annotations" in parts.path else self._by_query(query)
        return PanelRequest(panel, query, lambda body: reader(body, panel, query, self._label))

    async def navigate(self, url: str) -> None:
        """Asks for its version, signs in where it must, reads the dashboard's panels, and opens it."""
        await self._open(f"{self._base}/api/health")
        health = await fetch(self._page, f"{self._base}/api/health", seconds=self._budget.read)
        try:
            self._version = _Health.model_validate(health.json_value()).version[:50]
        except ValueError as error:
            raise BrowserError("unreachable: this is no Grafana") from error
        await sign_in(self._page, self._base, self._access, self._budget.goto)
        await self._read_model(url)
        await self._open(self._address(url))
        if "/login" in urlsplit(self._page.url).path:
            self._access.sessions.forget(self._access.session)
            raise LoginWallError("refused: Grafana asks to sign in; give its connector credentials")

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """By Grafana's own test selectors."""
        return AWAIT_REGIONS, READ_REGIONS, plan_of(tuple(self._region(name) for name in self.panels))

    async def rights(self) -> tuple[AccessRight, ...]:
        """That dashboards can be found and data be asked for."""
        search = await fetch(self._page, f"{self._base}/api/search?limit=1", seconds=self._budget.read)
        body = json.dumps({"queries": [], "from": "now-1m", "to": "now"})
        ask = await fetch(self._page, f"{self._base}/api/ds/query", body=body, seconds=self._budget.read)
        # Without a query a Grafana that lets us ask says 400; 7.5 has no such path for all datasources.
        asked = ask.status in {200, 400, 404}
        return (
            AccessRight(name="search dashboards", held=not search.problem, detail=search.problem),
            AccessRight(name="query data", held=asked, detail="" if asked else ask.problem),
        )

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Its dashboards by title and tags."""
        await self._open(f"{self._base}/api/health")
        await sign_in(self._page, self._base, self._access, self._budget.goto)
        path = f"{self._base}/api/search?type=dash-db&limit={_MOST}&query={quote(words)}"
        answer = await fetch(self._page, path, seconds=self._budget.read)
        try:
            hits = _HITS.validate_python(answer.json_value())
        except ValueError as error:
            told = f"unreachable: its dashboards could not be listed: {first_line(error)}"
            raise BrowserError(told) from error
        return tuple(
            DashboardMatch(kind="dashboard", title=hit.title, path=f"/d/{hit.uid}", tags=tuple(hit.tags))
            for hit in hits
        )

    async def ask(self, name: str) -> tuple[PageResponse, ...]:
        """The panel's own queries through the API, where they hold no variables."""
        panel = self._panel(name)
        if panel is None or not panel.asks or not all(one.plain for one in panel.asks):
            return ()
        text = "; ".join(one.text for one in panel.asks)
        queries = [
            {"refId": chr(65 + place % 26), "intervalMs": 1000, "maxDataPoints": 1000, **one.raw}
            for place, one in enumerate(panel.asks)
        ]
        start, end = (round(one.timestamp() * 1000) for one in (self._window.start, self._window.end))
        body = json.dumps({"queries": queries, "from": str(start), "to": str(end)})
        answer = await fetch(self._page, f"{self._base}/api/ds/query", body=body, seconds=self._budget.body)
        try:
            about = PanelQuery.model_construct(panel=name, query=text, unit=panel.unit)
            extract = read_frames(answer.content(), about, self._label, Origin.API)
        except UNREADABLE:
            return ()
        return (PageResponse(name, text, 0, answer.status, extract, origin=Origin.API),)

    @property
    def _explores(self) -> bool:
        return urlsplit(self._target.path).path.rstrip("/").endswith("/explore")

    def _frames(self, request: Request) -> PanelRequest | None:
        sent = _json(form_of(request))
        asked = [one for one in sent.get("queries") or () if isinstance(one, dict)]
        texts = [str(one.get("expr") or one.get("query") or one.get("rawSql") or "") for one in asked]
        text = "; ".join(one for one in texts if one)
        # Explore names its pane there, by whatever key it has.
        header = "" if self._explores else request.headers.get("x-panel-id", "")
        panel = self._by_id(header) if header else self._by_query(texts[0] if texts else "")
        about = self._panel(panel)
        known = PanelQuery.model_construct(panel=panel, query=text, unit=about.unit if about else "")
        read = partial(read_frames, asked=known, service_label=self._label, origin=Origin.PAGE_RESPONSE)
        return PanelRequest(panel, text, read)

    def _by_id(self, number: str) -> str:
        bare = number.removeprefix("panel-")
        panel = next((one for one in self._model if one.id == bare), Panel(id=bare, title=""))
        return next((name for name in self.panels if panel.named(name)), bare)

    def _by_query(self, query: str) -> str:
        if len(self.panels) == 1:
            return self.panels[0]
        panel = panel_for(self._model, query)
        return self._by_id(panel.id) if panel else ""

    def _panel(self, name: str) -> Panel | None:
        return next((one for one in self._model if one.named(name)), None)

    def _region(self, name: str) -> Region:
        return EXPLORE if self._explores else region_of(name, self._panel(name))

    async def _read_model(self, url: str) -> None:
        """What the dashboard's author wrote, where we may read it; without it panels are found by name."""
        uid = _uid(url)
        if not uid:
            return
        answer = await fetch(
            self._page, f"{self._base}/api/dashboards/uid/{quote(uid)}", seconds=self._budget.read
        )
        if answer.problem:
            return
        found = _json(answer.text)
        model = found.get("dashboard") or found.get("spec") or {}
        self._model = panels_of(model) if isinstance(model, dict) else ()

    def _address(self, url: str) -> str:
        """The page over the window, without Grafana's own frame around it."""
        parts = urlsplit(url)
        if self._explores:
            return url
        start, end = (round(one.timestamp() * 1000) for one in (self._window.start, self._window.end))
        own = {"from", "to", "kiosk", "refresh"}
        kept = [(name, text) for name, text in parse_qsl(parts.query) if name not in own]
        query = urlencode([*kept, ("from", start), ("to", end)], quote_via=quote)
        return urlunsplit(parts._replace(query=f"{query}&kiosk"))


def _uid(url: str) -> str:
    parts = urlsplit(url).path.split("/")
    return next((parts[place + 1] for place, part in enumerate(parts[:-1]) if part in {"d", "d-solo"}), "")


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
