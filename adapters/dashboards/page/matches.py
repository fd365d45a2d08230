"""What a search of a dashboard finds, in one form for every product."""

from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from missions.health import MOST_MATCHES, DashboardMatch
from missions.plan import PanelQuery

_NAME_LENGTH = 100
_MOST_TAGS, _TAG_LENGTH = 10, 50


def matches(words: str, pages: Iterable[DashboardMatch | None]) -> tuple[DashboardMatch, ...]:
    """Those whose titles have all of the words, equal titles first; None is left out."""
    wanted = words.lower().split()
    matching = [
        page for page in pages if page is not None and all(word in page.title.lower() for word in wanted)
    ]
    matching.sort(key=lambda page: page.title.lower() != words.lower().strip())
    return tuple(matching[: MOST_MATCHES + 1])


def page_match(kind: str, title: str, path: str, tags: Sequence[str] = ()) -> DashboardMatch | None:
    """A page with an address of its own; None where it cannot be registered."""
    kept = tuple(tag[:_TAG_LENGTH] for tag in tags[:_MOST_TAGS])
    try:
        return DashboardMatch(kind=kind, title=title, path=path, tags=kept)
    except ValidationError:
        return None


def query_match(kind: str, title: str, query: str) -> DashboardMatch | None:
    """A page that shows one query; None where it cannot be registered."""
    try:
        panel_query = PanelQuery(panel=title[:_NAME_LENGTH], query=query)
        return DashboardMatch(kind=kind, title=title, queries=(panel_query,))
    except ValidationError:
        return None
