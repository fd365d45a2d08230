"""The panels of one dashboard: what its model says of them, and what the page shows."""

from collections import Counter
from collections.abc import Iterable, Mapping
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
        self._titles: Mapping[str, str] = {}
        self._index()

    def read(self, model: tuple[Panel, ...]) -> None:
        """Takes the panels of the dashboard's model."""
        self.model = self.panels = model
        self._index()

    def update_titles(self, titles: Iterable[tuple[str, str]]) -> None:
        """Takes the numbers and titles of the panels that the page has by now."""
        shown: dict[str, str] = {}
        for number, title in titles:
            shown[number] = shown.get(number) or title
        if shown != self._titles:
            self._titles = shown
            self.panels = with_seen(self.model, shown)
            self._index()

    @property
    def names(self) -> tuple[str, ...]:
        """The wanted panels; the numbers of all that are not in collapsed rows, where none is named."""
        return self._wanted or tuple(panel.id for panel in self.panels if not self._is_hidden(panel))

    def named(self, name: str) -> Panel | None:
        """The panel with this number, else the first one with this title, on the page or in the model."""
        return self._by_number.get(name.removeprefix("panel-")) or self._by_title.get(name)

    def name_of(self, number: str) -> str:
        """The target's name for the panel with this number, else the number."""
        bare = number.removeprefix("panel-")
        return self._names.get(bare, bare)

    def panel_of_query(self, query: str, *, exactly: bool = False) -> str:
        """The name of the panel that asks this query, "" where that is not clear.

        Of several panels with one query to one data source, each asks once: which one of them does makes no
        difference. `exactly`: something else may ask, too, even if only one panel is wanted.
        """
        if len(self.names) == 1 and not exactly:
            return self.names[0]
        asking = panels_with(self.panels, query)
        same = [panel for panel in asking if any(t.text.strip() == query.strip() for t in panel.targets)]
        asking = same or asking
        sources = {str(target.raw.get("datasource")) for panel in asking for target in panel.targets}
        if not asking or len(sources) > 1:
            return ""
        names = [self.name_of(panel.id) for panel in asking]
        name = min(names, key=lambda each: (self._asked[each], names.index(each)))
        self._asked[name] += 1
        return name

    def has_queries(self, name: str) -> bool | None:
        """By the model: a text asks nothing, nor does what shows another panel's result."""
        panel = self.named(name)
        return None if panel is None or not self.model else bool(panel.targets) and not panel.shared

    def absence(self, name: str) -> str:
        """Why the page cannot show the panel: it is in a collapsed row, or no panel has the name."""
        if not self.model:
            return ""
        panel = self.named(name)
        if panel is not None:
            return f"it is in a collapsed row: {panel.row}" if self._is_hidden(panel) else ""
        titles = [panel.title for panel in self.panels if panel.title]
        nearest = ", ".join(get_close_matches(name, titles, _MOST_NEAREST, _NEAR))
        return "the dashboard has no such panel" + (f"; the nearest are {nearest}" if nearest else "")

    def _is_hidden(self, panel: Panel) -> bool:
        """Whether it is in a collapsed row, and not shown all the same, as on a page of its own."""
        return panel.row is not None and panel.id not in self._titles

    def _index(self) -> None:
        """Looks the panels up by number and title, and the target's names by number."""
        self._by_number = {panel.id: panel for panel in self.panels}
        self._by_title: dict[str, Panel] = {}
        for panel in (*self.panels, *self.model):
            if panel.title:
                self._by_title.setdefault(panel.title, self._by_number.get(panel.id, panel))
        self._names: dict[str, str] = {}
        for name in self._wanted:
            named = self.named(name)
            self._names.setdefault(named.id if named else name.removeprefix("panel-"), name)
