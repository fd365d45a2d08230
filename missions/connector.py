from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from missions.credentials import Sealed
from missions.frozen_model import FrozenModel
from missions.health import DashboardHealth, HealthProbe, HealthStatus
from missions.identities.aliases import contradictions
from missions.page_limits import PageLimits
from missions.panel_mapping import PanelMapping, without_statements
from missions.plan import SETTLING, ActionKind, Masks, PanelQuery, Target

Label = Annotated[str, Field(min_length=1, max_length=100)]
Span = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=1))]
MAX_MAPPINGS = 500
"""Mappings of one connector."""
MAX_PAGES = 50
"""Pages of one connector."""


class PageConfig(FrozenModel):
    """A page, or a group of panels, to visit. `{from}` and `{to}` in `path` are epoch milliseconds."""

    id: Label
    title: Label
    path: str = Field(default="/", max_length=2000)
    panels: tuple[Label, ...] = Field(default=(), max_length=100)
    queries: tuple[PanelQuery, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _one_panel_each(self) -> Self:
        names = [query.panel for query in self.queries]
        if len(set(names)) < len(names) or (self.panels and not set(names) <= set(self.panels)):
            raise ValueError("every query needs its own panel, and it must be one of the page's panels")
        return self


class ConnectorConfig(FrozenModel):
    """The pages of a connector, the settings of its type, and the actions allowed on what it shows.

    `cluster` is the one that its pages show, whatever their labels say; "" leaves that to the labels.
    `aliases` are other names of services (those of a Deployment, in logs, in a call graph), by the service's
    name. They must not contradict each other. `mappings` state what series measure where the dashboard does
    not say it.
    """

    pages: tuple[PageConfig, ...] = Field(default=(), max_length=MAX_PAGES)
    settings: dict[str, str] = {}
    window: Span = timedelta(minutes=2)
    environment: Label = "production"
    cluster: str = Field(default="", max_length=100)
    aliases: dict[Label, tuple[Label, ...]] = Field(default={}, max_length=500)
    actions: tuple[ActionKind, ...] = ()
    tags: tuple[Label, ...] = Field(default=(), max_length=50)
    services: tuple[Label, ...] = Field(default=(), max_length=200)
    masks: Masks = Masks()
    limits: PageLimits = PageLimits()
    video: bool = False
    decide_within: Span = timedelta(minutes=30)
    settling: tuple[Span, ...] = Field(default=SETTLING, min_length=1, max_length=10)
    mappings: tuple[PanelMapping, ...] = Field(default=(), max_length=MAX_MAPPINGS)

    @model_validator(mode="before")
    @classmethod
    def _state_by_mappings(cls, values: object) -> object:
        """Reads configurations from when queries stated what they measure."""
        if not isinstance(values, dict) or not isinstance(values.get("pages"), list | tuple):
            return values
        mappings = list(values.get("mappings") or ())
        bare: list[object] = []
        for page in values["pages"]:
            if not isinstance(page, dict) or not isinstance(page.get("queries"), list | tuple):
                bare.append(page)
                continue
            queries, stated = without_statements(page["queries"], str(page.get("id", "")))
            bare.append(page | {"queries": queries})
            mappings += stated
        return values | {"pages": bare} | ({"mappings": mappings} if mappings else {})

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if len({page.id for page in self.pages}) < len(self.pages):
            raise ValueError("every page needs its own id")
        if len({mapping.key for mapping in self.mappings}) < len(self.mappings):
            raise ValueError("two mappings apply to the same page, panel and series")
        return self

    @field_validator("aliases")
    @classmethod
    def _one_service_each(cls, aliases: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if faults := contradictions(aliases):
            raise ValueError(" ".join(faults))
        return aliases

    def mappings_of(self, page_id: str) -> tuple[PanelMapping, ...]:
        """The mappings that apply to a page."""
        return tuple(mapping for mapping in self.mappings if mapping.page in {"", page_id})


class Connector(FrozenModel):
    """A dashboard that an administrator registered. A browser may visit nothing else.

    `version` counts its changes. `sealed` is excluded from responses: `signed` says that it has credentials.
    """

    id: UUID | None = None
    name: str
    type: str
    base_url: str
    config: ConnectorConfig = ConnectorConfig()
    version: int = 1
    health_status: HealthStatus = HealthStatus.UNKNOWN
    health: DashboardHealth = DashboardHealth()
    signed: bool = False
    sealed: Sealed | None = Field(default=None, exclude=True, repr=False)

    def probe(self, org: str) -> HealthProbe:
        """The health check of this connector of an organization: its first page, or its home page."""
        has_pages = bool(self.config.pages)
        return HealthProbe(org=org, connector=self.name, target=self.probe_target(), has_pages=has_pages)

    def probe_target(self) -> Target:
        """The page that a health check opens: the first page, or the home page."""
        home = Target(
            id=f"{self.name}/home",
            connector=self.name,
            type=self.type,
            base_url=self.base_url,
            path="/",
            title=self.name,
            panels=(),
            settings=self.config.settings,
            sealed=self.sealed,
            limits=self.config.limits,
            cluster=self.config.cluster,
            aliases=self.config.aliases,
        )
        return next(iter(self.targets()), home)

    def targets(self) -> tuple[Target, ...]:
        """The pages as targets of a plan."""
        return tuple(
            Target(
                id=f"{self.name}/{page.id}",
                connector=self.name,
                type=self.type,
                base_url=self.base_url,
                path=page.path,
                title=page.title,
                panels=page.panels or tuple(query.panel for query in page.queries),
                queries=page.queries,
                mappings=self.config.mappings_of(page.id),
                sealed=self.sealed,
                masks=self.config.masks,
                limits=self.config.limits,
                video=self.config.video,
                settings=self.config.settings,
                cluster=self.config.cluster,
                aliases=self.config.aliases,
            )
            for page in self.config.pages
        )
