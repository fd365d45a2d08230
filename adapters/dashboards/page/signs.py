"""What on a page shows the state of a panel."""

from dataclasses import dataclass

Sign = tuple[str, str]
"""A CSS selector, "" for the panel itself, and a text that the element holds ("" for any)."""

READY, EMPTY, ERROR = "ready", "empty", "error"
"""The states in which a page shows a panel that does not load any more."""
UNSIGNED = "unsigned"
"""The state of a panel that shows no sign of any."""
WHOLE_PAGE = "page"
"""The id of the only panel of a page that marks none."""


@dataclass(frozen=True, kw_only=True)
class Signs:
    """The signs of a panel's states, on the panel or inside it.

    Checked in this order: error, loading, empty, ready.
    """

    error: tuple[Sign, ...] = ()
    loading: tuple[Sign, ...] = ()
    empty: tuple[Sign, ...] = ()
    ready: tuple[Sign, ...] = ()
