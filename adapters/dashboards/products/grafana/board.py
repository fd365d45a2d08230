"""The panels of one dashboard: what its model says of them, and what the page shows."""

from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches

from adapters.dashboards.products.grafana.panels import Panel, panels_with, with_seen

_MOST_NEAREST = 3
_NEAR = 0.4  # ratio of what two titles have in common


class Board:
    """Which panel a name, a number or a query belongs to. `wanted` are the target's names, () for all.

    `model` are the panels that were read of the dashboard, `panels` these and the copies of repeated ones
    that only the page has.
    """

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self.model: tuple[Panel, ...] = ()
        self.panels: tuple[Panel, ...] = ()
        self._wanted = wanted
        self._asked: Counter[str] = Counter()

    def read(self, model: tuple[Panel, ...]) -> None:
        """Takes the panels of the dashboard's model."""
        self.model = self.panels = model

    def see(self, titles: Mapping[str, str]) -> None:
        """Takes the titles of the panels that the page has by now, by number."""
        self.panels = with_seen(self.model, titles)

    @property
    def names(self) -> tuple[str, ...]:
        """The wanted panels; the numbers of all that are not in collapsed rows, where none is named."""
        return self._wanted or tuple(panel.id for panel in self.panels if panel.row is None)

    def named(self, name: str) -> Panel | None:
        """The panel with this number, else the first one with this title, on the page or in the model."""
        panels = self.panels
        numbered = (panel for panel in panels if panel.has_number(name))
        titled = (panel for panel in (*panels, *self.model) if panel.has_name(name))
        return next(numbered, next(titled, None))

    def name_of(self, number: str) -> str:
        """The target's name for the panel with this number, else the number."""
        bare = number.removeprefix("panel-")
        panel = next((panel for panel in self.panels if panel.id == bare), Panel(id=bare, title=""))
        numbered = (name for name in self._wanted if panel.has_number(name))
        titled = (name for name in self._wanted if self.named(name) == panel)
        return next(numbered, next(titled, bare))

    def asking(self, query: str) -> str:
        """The name of the panel that asks this query, "" where none does.

        Of several panels with one query, each asks once: which one of them does makes no difference.
        """
        if len(self.names) == 1:
            return self.names[0]
        names = [self.name_of(panel.id) for panel in panels_with(self.panels, query)]
        if not names:
            return ""
        name = min(names, key=lambda each: (self._asked[each], names.index(each)))
        self._asked[name] += 1
        return name

    def asks(self, name: str) -> bool | None:
        """By the model: a text asks nothing, nor does what shows another panel's result."""
        panel = self.named(name)
        return None if panel is None or not self.model else bool(panel.targets) and not panel.shared

    def absence(self, name: str) -> str:
        """Why the page cannot show the panel: it is in a collapsed row, or no panel has the name."""
        if not self.model:
            return ""
        panel = self.named(name)
        if panel is not None:
            return "" if panel.row is None else f"it is in a collapsed row: {panel.row}"
        titles = [panel.title for panel in self.panels if panel.title]
        nearest = ", ".join(get_close_matches(name, titles, _MOST_NEAREST, _NEAR))
        return "the dashboard has no such panel" + (f"; the nearest are {nearest}" if nearest else "")
