import asyncio
import json
from functools import partial
from typing import Annotated
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from playwright.async_api import Error, Request
from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from adapters.browser.login_wall import LoginWallError
from adapters.dashboards.answers.by_path import decoder_for, query_of
from adapters.dashboards.answers.decoded_response import DECODE_ERRORS, DecodedResponse
from adapters.dashboards.answers.grafana_frames import read_frames
from adapters.dashboards.answers.grafana_queries import GrafanaQuery, grafana_query
from adapters.dashboards.answers.json_fields import json_object
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.failures import fetch_error, login_asked, wrong_product
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.matches import matches, page_match
from adapters.dashboards.page.regions import Region
from adapters.dashboards.page.responses import PageResponse, PanelRequest, body_text
from adapters.dashboards.products.grafana.board import Board
from adapters.dashboards.products.grafana.login import log_in
from adapters.dashboards.products.grafana.panel_facts import definitions_of, with_panel
from adapters.dashboards.products.grafana.panels import panels_of
from adapters.dashboards.products.grafana.selectors import EXPLORE, SEEN_PANELS, region_of
from missions.errors import BrowserError
from missions.evidence import Basis, Origin, Series, Source
from missions.health import MOST_MATCHES, AccessRight, DashboardMatch, PanelDefinition
from missions.plan import PanelQuery

_NOT_FOUND = 404
_BESIDE = frozenset({"query_exemplars", "labels", "values", "series", "metadata", "rules", "buildinfo"})
"""Ends of paths of questions that a panel asks beside its query."""


class _Health(BaseModel):
    database: str  # every Grafana names it, and nothing else does
    version: str = ""


class _Hit(BaseModel):
    uid: str = ""
    title: str = ""
    url: str = ""
    tags: list[str] = []


_HITS = TypeAdapter(list[_Hit])
_Text = Annotated[str, StringConstraints(max_length=200)]
_SEEN = TypeAdapter(Annotated[list[tuple[_Text, _Text]], Field(max_length=500)])


class GrafanaDashboard(Dashboard):
    """Grafana 7.5 to 13: dashboards, single panels and Explore.

    A target's path is `/d/<uid>/…`, `/d-solo/<uid>/…` or `/explore?…`; its time range and `kiosk` are set
    here, its variables (`var-x=…`) are kept. Panels are named by number, `panel-` with the number, or title.
    """

    def __init__(self, visit: DashboardVisit) -> None:
        super().__init__(visit)
        self._service_label = visit.target.settings.get("serviceLabel", "service")
        self._is_explore = urlsplit(visit.target.path).path.rstrip("/").endswith("/explore")
        self._version = ""
        self._board = Board(visit.target.panels)

    @property
    def panels(self) -> tuple[str, ...]:
        """The target's panels, else all that are not in collapsed rows; Explore is one panel."""
        return ("explore",) if self._is_explore and not self._target.panels else self._board.names

    @property
    def source(self) -> Source:
        """From the vendor's published test selectors and schemas, for every version."""
        return Source(type="grafana", version=self._version, basis=Basis.CONTRACT)

    def panel_request(self, request: Request) -> PanelRequest | None:
        """Data frames by the header that names their panel; a proxied datasource's format by its query."""
        parts = urlsplit(request.url)
        if parts.path.endswith("/api/ds/query") or (
            "/apis/query.grafana.app/" in parts.path and parts.path.endswith("/query")
        ):
            return self._frames_request(request)
        decoder = decoder_for(request.url)
        if decoder is None:
            return self._unread_request(request)
        query = query_of(request.url, body_text(request))
        is_instant = parts.path.endswith("/api/v1/query")
        is_annotation = "/api/annotations" in parts.path
        panel = "" if is_annotation else self._panel_of(request, query, exactly=is_instant)
        if is_instant and not panel:
            return None  # what fills a variable
        # Not validated: the page chose the query.
        panel_query = PanelQuery.model_construct(panel=panel, query=query)
        return PanelRequest(panel, query, lambda body: decoder(body, panel_query, self._service_label))

    async def navigate(self, url: str) -> None:
        """Detects the version, signs in if needed, reads the dashboard's model, and opens the page."""
        health_url = f"{self._base}/api/health"
        await self._open(health_url, "Grafana")
        health = await fetch(self._page, health_url, seconds=self._budget.read)
        if health.problem:
            raise fetch_error(health, health_url)
        try:
            self._version = _Health.model_validate(health.json_value()).version[:50]
        except ValueError as error:
            raise wrong_product("Grafana", health_url, health.url) from error
        await log_in(self._page, self._base, self._sign_in, self._budget.goto)
        await self._read_model(url)
        await self._open(self._with_window(url))
        if "/login" in urlsplit(self._page.url).path:
            self._sign_in.sessions.discard(self._sign_in.session)
            has_credentials = self._sign_in.credentials is not None
            raise LoginWallError(login_asked("Grafana", "credentials", has_credentials=has_credentials))

    async def scan(self) -> None:
        """Repeated panels have copies, and variables in titles are filled in, on the page only."""
        if self._is_explore:
            return
        try:
            async with asyncio.timeout(self._budget.read):
                listed = await self._page.evaluate(SEEN_PANELS)
        except Error:
            return  # the page is just loading anew: the next look sees it
        try:
            self._board.update_titles(_SEEN.validate_python(listed))
        except ValidationError as error:
            raise BrowserError("browser: the page's panels could not be listed") from error

    def regions(self) -> tuple[Region, ...]:
        """By Grafana's own test selectors; without those that the dashboard does not show."""
        if self._is_explore:
            return tuple(EXPLORE for _ in self.panels)
        return tuple(
            region_of(name, self._board.named(name)) for name in self.panels if not self.absence(name)
        )

    def has_queries(self, panel: str) -> bool | None:
        """By the dashboard's model."""
        return self._board.has_queries(panel)

    def absence(self, panel: str) -> str:
        """By the dashboard's model."""
        return "" if self._is_explore else self._board.absence(panel)

    def describe(self, line: Series) -> Series:
        """With what the dashboard's model says about the panel."""
        model = self._board.named(line.panel)
        return with_panel(line, model) if model else super().describe(line)

    async def rights(self) -> tuple[AccessRight, ...]:
        """Whether dashboards can be searched and data can be queried."""
        search = await fetch(self._page, f"{self._base}/api/search?limit=1", seconds=self._budget.read)
        body = json.dumps({"queries": [], "from": "now-1m", "to": "now"})
        query = await fetch(self._page, f"{self._base}/api/ds/query", body=body, seconds=self._budget.read)
        # A request without queries that is allowed is answered with 400; 7.5 has no such path (404).
        allowed = query.status in {200, 400, 404}
        return (
            AccessRight(name="search dashboards", held=not search.problem, detail=search.problem),
            AccessRight(name="query data", held=allowed, detail="" if allowed else query.problem),
        )

    def definitions(self) -> tuple[PanelDefinition, ...]:
        """By the dashboard's model: its panels, or those that the target names."""
        wanted = self._target.panels
        return tuple(
            definition
            for panel in self._board.model
            if not wanted or any(panel.has_name(name) for name in wanted)
            for definition in definitions_of(panel, self._target)
        )

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Its dashboards by title and tags."""
        await self._open(f"{self._base}/api/health", "Grafana")
        await log_in(self._page, self._base, self._sign_in, self._budget.goto)
        path = f"/api/search?type=dash-db&limit={MOST_MATCHES + 1}&query={quote(words)}"
        hits = await self._listed(path, _HITS, "dashboards")
        return matches(
            "",  # it has searched the tags, too
            (page_match("dashboard", hit.title, f"/d/{hit.uid}", hit.tags) for hit in hits if hit.uid),
        )

    async def query_api(self, panel: str) -> tuple[PageResponse, ...]:
        """The panel's own queries through the API, if they have no variables."""
        model = self._board.named(panel)
        if model is None or not model.targets or any(target.has_variables for target in model.targets):
            return ()
        text = "; ".join(target.text for target in model.targets if target.text)
        queries = [
            {"refId": chr(65 + index % 26), "intervalMs": 1000, "maxDataPoints": 1000, **target.raw}
            for index, target in enumerate(model.targets)
        ]
        start, end = self._epoch_ms()
        body = json.dumps({"queries": queries, "from": str(start), "to": str(end)})
        response = await fetch(
            self._page,
            f"{self._base}/api/ds/query",
            body=body,
            seconds=self._budget.body,
            most=self._budget.answer_bytes,
        )
        panel_query = PanelQuery.model_construct(panel=panel, query=text)
        asked = _queries_of(body)
        try:
            decoded = read_frames(response.content(), panel_query, self._service_label, Origin.API, asked)
        except DECODE_ERRORS:
            return ()
        return (PageResponse(panel, text, 0, response.status, decoded, origin=Origin.API),)

    def _frames_request(self, request: Request) -> PanelRequest:
        queries = _queries_of(body_text(request))
        texts = [query.text for query in queries.values() if query.text]
        text = "; ".join(texts)
        panel = self._panel_of(request, texts[0] if texts else "")
        panel_query = PanelQuery.model_construct(panel=panel, query=text)
        decode = partial(
            read_frames,
            panel_query=panel_query,
            service_label=self._service_label,
            origin=Origin.PAGE_RESPONSE,
            queries=queries,
        )
        return PanelRequest(panel, text, decode)

    def _unread_request(self, request: Request) -> PanelRequest | None:
        """A panel's question to a data source whose answers are not read: they are reported, not missing."""
        path = urlsplit(request.url).path
        is_beside = path.rsplit("/", 1)[-1] in _BESIDE
        if is_beside or "/api/datasources/" not in path or not request.headers.get("x-panel-id"):
            return None
        return PanelRequest(self._panel_of(request, ""), path, _refuse)

    def _panel_of(self, request: Request, query: str, *, exactly: bool = False) -> str:
        """The panel that asks: by the header that names it, else by the query."""
        if self._is_explore:  # it sends the key of its pane in this header, whatever that is
            return self.panels[0]
        header = request.headers.get("x-panel-id", "")
        return self._board.name_of(header) if header else self._board.panel_of_query(query, exactly=exactly)

    async def _read_model(self, url: str) -> None:
        """Reads the dashboard's JSON model if that is allowed; without it panels are found by name only.

        Raises BrowserError where there is no such dashboard: its page would only be empty.
        """
        uid = _dashboard_uid(url)
        if not uid:
            return
        model_url = f"{self._base}/api/dashboards/uid/{quote(uid)}"
        response = await fetch(self._page, model_url, seconds=self._budget.read)
        # The page of another organization's dashboard changes to it; this request asks the present one.
        of_other = "orgId" in parse_qs(urlsplit(url).query)
        if response.status == _NOT_FOUND and not of_other and "dashboard not found" in response.text.lower():
            raise BrowserError(
                f"missing: Grafana has no dashboard {uid}, or its login may not see it; search by title"
            )
        if response.problem:
            return
        body = json_object(response.text)
        model = body.get("dashboard") or body.get("spec") or {}
        self._board.read(panels_of(model) if isinstance(model, dict) else ())

    def _with_window(self, url: str) -> str:
        """The page over the visit's window, without Grafana's navigation bars."""
        if self._is_explore:
            return url
        parts = urlsplit(url)
        start, end = self._epoch_ms()
        replaced = {"from", "to", "kiosk", "refresh"}
        kept = [(name, text) for name, text in parse_qsl(parts.query) if name not in replaced]
        query = urlencode([*kept, ("from", start), ("to", end)], quote_via=quote)
        return urlunsplit(parts._replace(query=f"{query}&kiosk"))

    def _epoch_ms(self) -> tuple[int, int]:
        return round(self._window.start.timestamp() * 1000), round(self._window.end.timestamp() * 1000)


def _refuse(_: bytes) -> DecodedResponse:
    raise ValueError("answers of this data source are not read")


def _queries_of(body: str) -> dict[str, GrafanaQuery]:
    """The queries in the body of a request, by their refId."""
    queries = [query for query in json_object(body).get("queries") or () if isinstance(query, dict)]
    return {
        str(query.get("refId") or chr(65 + index % 26)): grafana_query(query)
        for index, query in enumerate(queries)
    }


def _dashboard_uid(url: str) -> str:
    parts = urlsplit(url).path.split("/")
    return next((parts[index + 1] for index, part in enumerate(parts[:-1]) if part in {"d", "d-solo"}), "")
