from functools import partial
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

from playwright.async_api import Request
from pydantic import BaseModel, TypeAdapter, model_validator

from adapters.browser.login_wall import LoginWallError
from adapters.dashboards.answers.elasticsearch import read_searches
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.failures import fetch_error, login_asked, wrong_product
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.matches import matches, page_match
from adapters.dashboards.page.regions import Region
from adapters.dashboards.page.responses import PanelRequest, body_text
from missions.evidence import Basis, Source
from missions.health import AccessRight, DashboardMatch
from missions.plan import PanelQuery

_PRODUCTS = "Kibana or OpenSearch Dashboards"
_VIEW = "/app/dashboards#/view/"
_MOST_SAVED = 1000
_SEARCH_PATHS = (
    "/internal/search/ese",
    "/internal/search/es",
    "/internal/search/opensearch",
    "/internal/bsearch",
)


class _Version(BaseModel):
    number: str = ""


class _State(BaseModel):
    overall: dict[str, Any]


class _Status(BaseModel):
    """Without a login it has the state only."""

    version: _Version | None = None
    status: _State | None = None

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.version is None and self.status is None:
            raise ValueError("it has neither a version nor a state")
        return self


class _Attributes(BaseModel):
    title: str = ""


class _SavedObject(BaseModel):
    id: str
    attributes: _Attributes


class _SavedObjects(BaseModel):
    saved_objects: list[_SavedObject]


_SAVED = TypeAdapter(_SavedObjects)


class KibanaDashboard(Dashboard):
    """Discover and dashboards of Kibana and OpenSearch Dashboards.

    A query of the target opens Discover with it (KQL); without one, `path` is opened as it is. The numbers
    are those of the page's own searches. Settings: `dataView`, `timeField`, `serviceField`.
    """

    def __init__(self, visit: DashboardVisit) -> None:
        super().__init__(visit)
        self._version = ""
        whole_page = PanelQuery.model_construct(panel="page", query="")
        self._query = next(iter(visit.target.queries), whole_page)

    @property
    def panels(self) -> tuple[str, ...]:
        """The page as a whole: a search does not name its panel."""
        return (self._query.panel,)

    @property
    def source(self) -> Source:
        """From the vendors' functional tests."""
        return Source(type=self._target.type, version=self._version, basis=Basis.CONTRACT)

    def panel_request(self, request: Request) -> PanelRequest | None:
        """The page's searches through Kibana's server."""
        path = urlsplit(request.url).path
        if not any(path.endswith(search) or f"{search}/" in path for search in _SEARCH_PATHS):
            return None
        settings = self._target.settings
        decode = partial(
            read_searches,
            panel_query=self._query,
            service_field=settings.get("serviceField", "service.name"),
            time_field=settings.get("timeField", "@timestamp"),
            request=body_text(request),
        )
        # Several searches of one page differ in their bodies only.
        return PanelRequest(self._query.panel, self._query.query or body_text(request)[:500], decode)

    async def navigate(self, url: str) -> None:
        """Detects the version, and opens Discover or the page."""
        status_url = f"{self._base}/api/status"
        await self._open(status_url, _PRODUCTS)
        response = await fetch(self._page, status_url, seconds=self._budget.read)
        if response.problem:
            raise fetch_error(response, status_url)
        try:
            version = _Status.model_validate(response.json_value()).version
        except ValueError as error:
            raise wrong_product(_PRODUCTS, status_url, response.url) from error
        self._version = "" if version is None else version.number[:50]
        await self._open(self._discover_url() if self._target.queries else self._with_window(url))
        if urlsplit(self._page.url).path.endswith("/login"):
            credentials = self._sign_in.credentials
            has_credentials = credentials is not None and bool(credentials.all_headers)
            raise LoginWallError(
                login_asked("Kibana", "an API key as a header", has_credentials=has_credentials)
            )

    def regions(self) -> tuple[Region, ...]:
        """By its test subjects: dashboard panels have a render-complete mark, Discover shows its hits."""
        region = Region(
            self._query.panel,
            self._target.title,
            ("body",),
            error=(
                ("[data-test-subj=embeddableError], [data-test-subj=discoverErrorCalloutTitle]", ""),
                # A form that the page's own script draws where the server did not redirect to one.
                ("form:has(input[type=password])", ""),
            ),
            loading=(
                ("[data-test-subj=globalLoadingIndicator], [data-test-subj=discoverDataGridUpdating]", ""),
                ("[data-test-subj=embeddablePanel][data-render-complete=false]", ""),
            ),
            empty=(("[data-test-subj=discoverNoResults]", ""),),
            ready=(
                ("[data-test-subj=discoverQueryHits], [data-test-subj=docTable]", ""),
                ("[data-test-subj=embeddablePanel][data-render-complete=true]", ""),
            ),
        )
        return (region,)

    async def rights(self) -> tuple[AccessRight, ...]:
        """Whether its status may be read; only a visit shows what may be searched."""
        response = await fetch(self._page, f"{self._base}/api/status", seconds=self._budget.read)
        return (AccessRight(name="open the page", held=not response.problem, detail=response.problem),)

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Its saved dashboards by title."""
        await self._open(f"{self._base}/api/status", _PRODUCTS)
        wanted = {"search_fields": "title", "search": f"{words}*"} if words else {}
        search = urlencode({"type": "dashboard", "per_page": _MOST_SAVED, **wanted})
        saved = (await self._listed(f"/api/saved_objects/_find?{search}", _SAVED, "dashboards")).saved_objects
        return matches(  # it searches for any of the words
            words,
            (
                page_match("dashboard", each.attributes.title or each.id, f"{_VIEW}{quote(each.id, safe='')}")
                for each in saved
            ),
        )

    def _with_window(self, url: str) -> str:
        """A saved dashboard over the window, unless its address says which time it shows."""
        if _VIEW not in url or "_g=" in url:
            return url
        sign = "&" if "?" in url.partition("#")[2] else "?"
        return f"{url}{sign}_g={quote(self._global_state(), safe='(),:')}"

    def _global_state(self) -> str:
        """The window in rison, as its addresses encode state."""
        start, end = (_rison(time.isoformat()) for time in (self._window.start, self._window.end))
        return f"(time:(from:{start},to:{end}))"

    def _discover_url(self) -> str:
        """Discover over the window."""
        view = self._target.settings.get("dataView", "")
        index = f",index:{_rison(view)}" if view else ""
        state = f"(query:(language:kuery,query:{_rison(self._query.query)}){index})"
        time = quote(self._global_state(), safe="(),:")
        return f"{self._base}/app/discover#/?_g={time}&_a={quote(state, safe='(),:')}"


def _rison(text: str) -> str:
    escaped = text.replace("!", "!!").replace("'", "!'")
    return f"'{escaped}'"
