from datetime import timedelta
from uuid import UUID

from missions.plan import ActionKind, Target
from missions.word import Word


class PageConfig(Word):
    """A page, or a group of panels, that a mission looks at; `{from}` and `{to}` are epoch milliseconds."""

    id: str
    title: str
    path: str
    panels: tuple[str, ...]


class ConnectorConfig(Word):
    """What a connector's type needs to know, and what may be done to what it shows."""

    pages: tuple[PageConfig, ...] = ()
    settings: dict[str, str] = {}
    window: timedelta = timedelta(minutes=2)
    environment: str = "production"
    actions: tuple[ActionKind, ...] = ()
    decide_within: timedelta = timedelta(minutes=30)


class Connector(Word):
    """A dashboard that an administrator registered: the only places where a browser may go."""

    id: UUID | None = None
    name: str
    type: str
    base_url: str
    config: ConnectorConfig = ConnectorConfig()

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
                panels=page.panels,
                settings=self.config.settings,
            )
            for page in self.config.pages
        )
