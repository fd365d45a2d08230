from collections.abc import Callable
from typing import Protocol

from adapters.dashboards.scene import Scene
from missions.evidence import Change, Dependency, LogLine, PanelObservation, Series, Source, Span
from missions.health import AccessRight, DashboardMatch


class Dashboard(Protocol):
    """One product's pages, driven in one tab for one visit. Every method raises BrowserError."""

    @property
    def url(self) -> str:
        """Where the page is now."""

    async def connect(self) -> None:
        """Starts to listen and signs in; before anything is opened."""

    async def navigate(self, url: str) -> None:
        """Opens the page."""

    async def ready(self) -> tuple[PanelObservation, ...]:
        """Waits for the panels, and says of each what was proven."""

    async def screenshot(self) -> bytes:
        """JPEG of the panels; only after `ready`."""

    def extract_metrics(self) -> tuple[Series, ...]:
        """The numbers behind the picture."""

    def extract_logs(self) -> tuple[LogLine, ...]:
        """The log lines on the page."""

    def changes(self) -> tuple[Change, ...]:
        """Deployments and operator actions that the page lists."""

    def dependencies(self) -> tuple[Dependency, ...]:
        """Who calls whom."""

    def spans(self) -> tuple[Span, ...]:
        """The spans of the traces on the page."""

    @property
    def source(self) -> Source:
        """The product with its version, as far as it is known by now."""

    async def rights(self) -> tuple[AccessRight, ...]:
        """What missions need of it, and whether it is granted; after `navigate`."""

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """What there is to look at, by words; after `connect`."""

    async def remember(self) -> None:
        """Keeps whom a person signed in for the mission's next visits."""

    async def close(self) -> None:
        """Stops listening."""


MakeDashboard = Callable[[Scene], Dashboard]
