"""At which end of a call something is measured, as the owner of the series sees it."""

import re
from collections.abc import Collection, Iterable

from semantics.meaning import CallSide
from semantics.syntax import LabelMatcher

_DIRECTIONS = {
    "reporter": ("destination", "source"),
    "direction": ("inbound", "outbound"),
    "span_kind": ("server", "client"),
    "spankind": ("server", "client"),
    "span.kind": ("server", "client"),
    "kind": ("server", "client"),
}
"""Labels of meshes and traces that name the end, with their words for the callee's and the caller's."""
_CALLER = re.compile(r"(?:source|src|client|caller)(?:_.*)?")
"""Labels that name who asks."""


def side_of_selector(
    usual: CallSide, owner_labels: Collection[str], matchers: Iterable[LabelMatcher], *, callee: bool
) -> CallSide:
    """The end at which the selected series are measured; `callee` as the catalog's note says."""
    selected = [each for each in matchers if each.operator in {"=", "=~"} and each.value not in {"", ".*"}]
    if callee and any(each.label in owner_labels for each in selected):
        return CallSide.SERVER
    for matcher in selected:
        words = _DIRECTIONS.get(matcher.label)
        value = matcher.value.lower().removeprefix("span_kind_")
        if words is not None and value in words:
            return CallSide.SERVER if value == words[0] else CallSide.CLIENT
    return usual


def side_of_group(
    usual: CallSide, owner_labels: Collection[str], grouping: tuple[str, ...] | None
) -> CallSide:
    """The same after an aggregation by these labels, for a metric that names its callee."""
    if any(label in owner_labels for label in grouping or ()):
        return CallSide.SERVER
    return CallSide.CLIENT if any(_CALLER.fullmatch(label) for label in grouping or ()) else usual
