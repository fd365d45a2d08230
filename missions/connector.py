from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from missions.credentials import Sealed
from missions.frozen_model import FrozenModel
from missions.health import DashboardHealth, HealthStatus
from missions.plan import SETTLING, ActionKind, Masks, PanelQuery, Target

Label = Annotated[str, Field(min_length=1, max_length=100)]
Span = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=1))]


class PageConfig(FrozenModel):
    """A page, or a group of panels, that a mission looks at; `{from}` and `{to}` are epoch milliseconds."""

    id: Label
    title: Label
    path: str = Field(default="/", max_length=2000)
    panels: tuple[Label, ...] = Field(default=(), max_length=100)
    queries: tuple[PanelQuery, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _one_panel_each(self) -> Self:
        names = [one.panel for one in self.queries]
        if len(set(names)) < len(names) or (self.panels and not set(names) <= set(self.panels)):
            raise ValueError("every query needs a panel of its own, among the page's panels")
        return self


class ConnectorConfig(FrozenModel):
    """What a connector's type needs to know, and what may be done to what it shows."""

    pages: tuple[PageConfig, ...] = Field(default=(), max_length=50)
    settings: dict[str, str] = {}
    window: Span = timedelta(minutes=2)
    environment: Label = "production"
    actions: tuple[ActionKind, ...] = ()
    tags: tuple[Label, ...] = Field(default=(), max_length=50)
    services: tuple[Label, ...] = Field(default=(), max_length=200)
    masks: Masks = Masks()
    video: bool = False
    decide_within: Span = timedelta(minutes=30)
    settling: tuple[Span, ...] = Field(default=SETTLING, min_length=1, max_length=10)

    @model_validator(mode="after")
    def _one_id_each(self) -> Self:
        if len({page.id for page in self.pages}) < len(self.pages):
            raise ValueError("every page needs an id of its own")
        return self


class Connector(FrozenModel):
    """A dashboard that an administrator registered: the only places where a browser may go.

    `version` counts its changes. `sealed` is excluded from answers: `signed` says that it has credentials.
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

    def probe_target(self) -> Target:
        """What a test opens: its first page, or its home."""
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
        )
        return next(iter(self.targets()), home)

    def targets(self) -> tuple[Target, ...]:
        """Its pages, as a plan names them."""
        return tuple(
            Target(
                id=f"{self.name}/{page.id}",
                connector=self.name,
                type=self.type,
                base_url=self.base_url,
                path=page.path,
                title=page.title,
                panels=page.panels or tuple(one.panel for one in page.queries),
                queries=page.queries,
                sealed=self.sealed,
                masks=self.config.masks,
                video=self.config.video,
                settings=self.config.settings,
            )
            for page in self.config.pages
        )
