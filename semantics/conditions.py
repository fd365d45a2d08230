"""Gauges that are 1 while something is in a named state: what they mean depends on the selected state."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.failures import selects
from semantics.meaning import MeaningBasis, Resource
from semantics.quantity import Quantity
from semantics.syntax import LabelMatcher

_RESTARTING = re.compile(r"(?i)crashloop|oomkill|out_?of_?memory")
_BAD = re.compile(
    r"(?i)fail|error|critical|down|red\b|unknown|evicted|lost|unhealthy|degraded|dead|stopp|stall|notready"
    r"|not_ready|outofsync|missing|backoff|errimage|cannot|deadline|offline|suspended|warning|maint"
)
_GOOD = re.compile(
    r"(?i)running|ready|active|up|green|passing|bound|ok|healthy|succeeded|synced|available|online"
)
_GOOD_CONDITIONS = re.compile(
    r"(?i).*(?:ready|available|initialized|scheduled|synced|healthy|established|progressing)"
)
_BAD_CONDITIONS = re.compile(
    r"(?i).*(?:pressure|unavailable|fail(?:ed|ure)?|stalled|degraded|limited|problem|deadlock)"
)
_RESOURCES = {
    "memory": Resource.MEMORY,
    "disk": Resource.DISK,
    "network": Resource.NETWORK,
    "pid": Resource.THREADS,
}
_STATUS = {"status", "condition"}
_TRUTHS, _LIES = ("true", "True", "1"), ("false", "False", "unknown", "Unknown", "0")


def of_state(quantity: Quantity, matchers: Collection[LabelMatcher]) -> Quantity:
    """What the gauge measures in the states or conditions that the matchers select."""
    if "condition" in quantity.notes:
        return _of_condition(quantity, matchers)
    if "state" not in quantity.notes:
        return quantity
    states = list(_words(matchers))
    if any(_RESTARTING.search(state) for state in states):
        memory = Resource.MEMORY if re.search(r"(?i)oom|memory", " ".join(states)) else quantity.resource
        return _as(quantity, MeasuredRole.RESTARTS, resource=memory)
    if any(_BAD.search(state) for state in states):
        return _as(quantity, MeasuredRole.ERRORS)
    if states and all(_GOOD.fullmatch(state) for state in states):
        return _as(quantity, MeasuredRole.UP, falling=True)
    return quantity


def _of_condition(quantity: Quantity, matchers: Collection[LabelMatcher]) -> Quantity:
    """The health of a target: it falls with `Ready` that is true, and rises with pressure that is true."""
    statuses = [each for each in matchers if each.label in _STATUS and _is_status(each)]
    holds = any(selects(each, value) for each in statuses for value in _TRUTHS)
    fails = any(selects(each, value) for each in statuses for value in _LIES)
    names = list(_words(each for each in matchers if each not in statuses))
    bad = any(_BAD_CONDITIONS.fullmatch(name) for name in names)
    good = not names or any(_GOOD_CONDITIONS.fullmatch(name) for name in names)
    if holds == fails or bad == good:
        return quantity
    resource = next(
        (each for word, each in _RESOURCES.items() if any(name.lower().startswith(word) for name in names)),
        quantity.resource,
    )
    return _as(quantity, MeasuredRole.UP, falling=bad == fails, resource=resource)


def _is_status(matcher: LabelMatcher) -> bool:
    return re.fullmatch(r"(?i)[(^]*(?:true|false|unknown|0|1|[|()$])+", matcher.value) is not None


def _words(matchers: Iterable[LabelMatcher]) -> Iterator[str]:
    """The values that matchers select, except those of labels that only name the owner."""
    for matcher in matchers:
        if matcher.operator in {"=", "=~"} and re.search(
            r"phase|reason|state|status|condition|type|colou?r|health", matcher.label
        ):
            yield from (word for word in re.split(r"[|()^$]", matcher.value) if word and word != ".*")


def _as(
    quantity: Quantity, role: MeasuredRole, *, falling: bool = False, resource: Resource | None = None
) -> Quantity:
    return replace(
        quantity,
        role=role,
        basis=MeaningBasis.EXPRESSION,
        unit="" if role is MeasuredRole.UP else "count",
        falling_is_bad=falling,
        resource=quantity.resource if resource is None else resource,
    )
