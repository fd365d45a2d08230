from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.async_api import Request
from pydantic import BaseModel, TypeAdapter

from adapters.browser.login_wall import LoginWallError
from adapters.dashboards.extract import Extract
from adapters.dashboards.page import PageDashboard
from adapters.dashboards.page_fetch import fetch
from adapters.dashboards.questions import PanelRequest, form_of
from adapters.dashboards.region import AWAIT_REGIONS, READ_REGIONS, Region, plan_of
from adapters.dashboards.scene import Scene
from adapters.dashboards.search_hits import Answered, read_hits
from missions.errors import BrowserError
from missions.evidence import Basis, Origin, Source
from missions.health import AccessRight
from missions.plan import PanelQuery

_SEARCHES = tuple(f"/internal/{one}" for one in ("search/ese", "search/es", "search/opensearch", "bsearch"))
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class _Version(BaseModel):
    number: str = ""


class _Status(BaseModel):
    version: _Version = _Version()


class KibanaDashboard(PageDashboard):
    """Discover and dashboards of Kibana and OpenSearch Dashboards.

    A query of the target opens Discover with it (KQL); without one, `path` is opened as it is. The numbers
    are those of the page's own searches. Settings: `dataView`, `timeField`, `serviceField`.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._base = scene.target.base_url.rstrip("/")
        self._version = ""
        plain = PanelQuery.model_construct(panel="page", query="", metric="", unit="", service="")
        self._asked = next(iter(scene.target.queries), plain)

    @property
    def panels(self) -> tuple[str, ...]:
        """The page as a whole: searches do not say which panel asks."""
        return (self._asked.panel,)

    @property
    def source(self) -> Source:
        """From the vendors' functional tests."""
        return Source(type=self._target.type, version=self._version, basis=Basis.CONTRACT)

    def listen(self, request: Request) -> PanelRequest | None:
        """The searches that the page makes through its server."""
        path = urlsplit(request.url).path
        if not any(path.endswith(one) or f"{one}/" in path for one in _SEARCHES):
            return None
        settings = self._target.settings
        read = partial(
            read_searches,
            asked=self._asked,
            service_field=settings.get("serviceField", "service.name"),
            time_field=settings.get("timeField", "@timestamp"),
        )
        # Several searches of one page differ in their bodies only.
        return PanelRequest(self._asked.panel, self._asked.query or form_of(request)[:500], read)

    async def navigate(self, url: str) -> None:
        """Asks for its version, and opens Discover or the page."""
        await self._open(f"{self._base}/api/status")
        answer = await fetch(self._page, f"{self._base}/api/status", seconds=self._budget.read)
        try:
            self._version = _Status.model_validate(answer.json_value()).version.number[:50]
        except ValueError as error:
            raise BrowserError("unreachable: this is neither Kibana nor OpenSearch Dashboards") from error
        await self._open(self._discover() if self._target.queries else url)
        if urlsplit(self._page.url).path.endswith("/login"):
            raise LoginWallError("refused: it asks to sign in; give its connector an API key as a header")

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """By its test subjects: every panel of a dashboard says that it is drawn, Discover shows its hits."""
        region = Region(
            self._asked.panel,
            self._target.title,
            "body",
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
        return AWAIT_REGIONS, READ_REGIONS, plan_of((region,))

    async def rights(self) -> tuple[AccessRight, ...]:
        """That its status is open to us; what may be searched is seen in a visit."""
        answer = await fetch(self._page, f"{self._base}/api/status", seconds=self._budget.read)
        return (AccessRight(name="open the page", held=not answer.problem, detail=answer.problem),)

    def _discover(self) -> str:
        """Discover over the window, in the language of its addresses (rison)."""
        start, end = (_rison(one.isoformat()) for one in (self._window.start, self._window.end))
        view = self._target.settings.get("dataView", "")
        shown = f",index:{_rison(view)}" if view else ""
        state = f"(query:(language:kuery,query:{_rison(self._asked.query)}){shown})"
        time = f"(time:(from:{start},to:{end}))"
        return f"{self._base}/app/discover#/?_g={quote(time, safe='(),:')}&_a={quote(state, safe='(),:')}"


def read_searches(body: bytes, asked: PanelQuery, service_field: str, time_field: str) -> Extract:
    """One answer, or several a line each. Raises ValueError where none of them is a search's."""
    extracts = []
    for line in body.splitlines():
        found = _ANY.validate_json(line) if line.strip() else {}
        inner = found.get("result", found) if isinstance(found, dict) else {}
        raw = inner.get("rawResponse", inner) if isinstance(inner, dict) else {}
        if isinstance(raw, dict) and "hits" in raw:
            answered = Answered.model_validate(raw)
            extracts.append(read_hits(answered, asked, service_field, time_field, Origin.PAGE_RESPONSE))
    if not extracts:
        raise ValueError("no search is in it")
    return Extract(
        series=tuple(line for one in extracts for line in one.series),
        logs=tuple(line for one in extracts for line in one.logs),
    )


def _rison(text: str) -> str:
    escaped = text.replace("!", "!!").replace("'", "!'")
    return f"'{escaped}'"
