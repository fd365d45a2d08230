"""Pages that people choose for a connector, one at a time."""

import re
import unicodedata
from collections.abc import Sequence

from missions.connector import MAX_PAGES, PageConfig
from missions.errors import InvalidError
from missions.plan import PanelQuery

_ID_LENGTH = 60
_OTHER = re.compile(r"[^a-z0-9]+")


def new_page(title: str, path: str, panels: Sequence[str], queries: Sequence[PanelQuery]) -> PageConfig:
    """The page, whose id is made of its title. Raises InvalidError where panels and queries disagree."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    page_id = _OTHER.sub("-", plain).strip("-")[:_ID_LENGTH] or "page"
    try:
        return PageConfig(id=page_id, title=title, path=path, panels=tuple(panels), queries=tuple(queries))
    except ValueError as error:
        raise InvalidError("Every query needs its own panel, which is one of the page's panels.") from error


def with_page(pages: Sequence[PageConfig], page: PageConfig) -> tuple[PageConfig, ...]:
    """The pages with this one at their end; unchanged where one of them shows the same.

    Raises InvalidError where the connector has as many pages as it may have.
    """
    if any(_shown(each) == _shown(page) for each in pages):
        return tuple(pages)
    if len(pages) >= MAX_PAGES:
        raise InvalidError(f"A dashboard has at most {MAX_PAGES} pages.")
    taken = {each.id for each in pages}
    names = (page.id, *(f"{page.id}-{number}" for number in range(2, MAX_PAGES + 2)))
    return (*pages, page.model_copy(update={"id": next(name for name in names if name not in taken)}))


def _shown(page: PageConfig) -> tuple[object, ...]:
    return page.path, page.panels, tuple((query.panel, query.query) for query in page.queries)
