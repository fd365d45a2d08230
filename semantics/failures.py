"""Which requests a matcher selects: the failed ones, the successful ones, or some of both.

A pattern is tried on values that instrumentation writes: a status code, its class, a gRPC code, a word.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

import re2

from semantics.outcomes import (
    CLIENT,
    EXIT_CODES,
    FAILED_IF_FALSE,
    FAILED_IF_TRUE,
    FAILURE_WORD,
    GOOD,
    GOOD_GRPC,
    GOOD_WORD,
    GRPC,
    NEUTRAL,
    NOTHING,
    NUMBERED_GRPC,
    PRESENCE,
    SERVER,
    SOME_ERRORS,
    STATUS,
    WORDS,
)
from semantics.placeholders import has_variable
from semantics.syntax import LabelMatcher


class _Pattern(Protocol):
    def fullmatch(self, text: str) -> object | None: ...


class RequestSelection(StrEnum):
    """The requests that matchers select."""

    ALL = "all"
    FAILED = "failed"
    SUCCESSFUL = "successful"


def selection_of(matchers: Iterable[LabelMatcher], *, any_label: bool = False) -> RequestSelection:
    """What all matchers together select; with `any_label` each label may say how an event ended."""
    selections = {_selection(matcher, any_label=any_label) for matcher in matchers}
    if RequestSelection.FAILED in selections:
        return RequestSelection.FAILED
    return RequestSelection.SUCCESSFUL if RequestSelection.SUCCESSFUL in selections else RequestSelection.ALL


def _selection(matcher: LabelMatcher, *, any_label: bool) -> RequestSelection:
    label = re.sub(r"[^a-z]", "", matcher.label.lower())
    if has_variable(matcher.value):
        return RequestSelection.ALL
    negative = matcher.operator.startswith("!")
    if label in PRESENCE:
        return _presence(matcher, negative=negative)
    if label in FAILED_IF_TRUE | FAILED_IF_FALSE:
        return _flag(matcher, label)
    if label not in STATUS and not any_label:
        return RequestSelection.ALL
    return _status(matcher, label, negative=negative)


def _presence(matcher: LabelMatcher, *, negative: bool) -> RequestSelection:
    """Of a label that names an error, and is empty or says none without one."""
    some = any(_matches(matcher, value) for value in SOME_ERRORS) or (
        "~" not in matcher.operator and matcher.value not in NOTHING
    )
    nothing = _matches(matcher, "") or (not some and any(_matches(matcher, value) for value in NOTHING))
    if some and nothing:
        return RequestSelection.ALL
    if nothing:
        return RequestSelection.FAILED if negative else RequestSelection.SUCCESSFUL
    everything = all(_matches(matcher, value) for value in SOME_ERRORS)
    if negative:
        return RequestSelection.SUCCESSFUL if everything else RequestSelection.ALL
    return RequestSelection.FAILED


def _flag(matcher: LabelMatcher, label: str) -> RequestSelection:
    truths = {value for value in ("true", "1", "yes", "True") if _matches(matcher, value)}
    lies = {value for value in ("false", "0", "no", "False", "", "none", "None") if _matches(matcher, value)}
    negative = matcher.operator.startswith("!")
    if not truths and not lies:  # the label holds the name of an error
        failed = label in FAILED_IF_TRUE and not negative
        return RequestSelection.FAILED if failed else RequestSelection.ALL
    if truths and lies:
        return RequestSelection.ALL
    failed = bool(truths) != negative if label in FAILED_IF_TRUE else bool(lies) != negative
    return RequestSelection.FAILED if failed else RequestSelection.SUCCESSFUL


def _status(matcher: LabelMatcher, label: str, *, negative: bool) -> RequestSelection:
    numbered = NUMBERED_GRPC if "grpc" in label or "rpcresponse" in label else ()
    server = any(_matches(matcher, value) for value in (*SERVER, *WORDS, *GRPC, *numbered))
    failing = server or any(_matches(matcher, value) for value in CLIENT) or _unusual_failure(matcher)
    zero_is_good = numbered or not label.endswith(("code", "class")) or label in EXIT_CODES
    successes = (*(GOOD_GRPC if numbered else GOOD), *(("0",) if zero_is_good else ()))
    good = any(_matches(matcher, value) for value in successes) or _only_words(
        matcher, GOOD_WORD, FAILURE_WORD
    )
    neutral = any(_matches(matcher, value) for value in NEUTRAL) and not numbered
    if negative:
        if good and not failing:
            return RequestSelection.FAILED
        return RequestSelection.SUCCESSFUL if server and not good else RequestSelection.ALL
    if failing and not good and not neutral:
        return RequestSelection.FAILED
    return RequestSelection.SUCCESSFUL if good and not failing else RequestSelection.ALL


def _unusual_failure(matcher: LabelMatcher) -> bool:
    """A code such as 418 or a word such as STATUS_CODE_ERROR that is not among the samples."""
    if _only_words(matcher, FAILURE_WORD, GOOD_WORD):
        return True
    return "~" not in matcher.operator and re.fullmatch(r"[45]\d\d", matcher.value) is not None


def _only_words(matcher: LabelMatcher, wanted: re.Pattern[str], other: re.Pattern[str]) -> bool:
    """Whether the words of the value, as in "task-(failed|retried)", have one kind and not the other."""
    words = re.split(r"[|()^$]", matcher.value) if "~" in matcher.operator else [matcher.value]
    return any(wanted.search(word) for word in words) and not any(other.search(word) for word in words)


def selects(matcher: LabelMatcher, value: str) -> bool:
    """Whether a series whose label has this value is selected."""
    return _matches(matcher, value) != matcher.operator.startswith("!")


def _matches(matcher: LabelMatcher, value: str) -> bool:
    """Whether the value or pattern of the matcher, without its negation, fits the value."""
    if "~" not in matcher.operator:
        return matcher.value == value
    pattern = _compiled(matcher.value)
    return pattern is not None and pattern.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> _Pattern | None:
    """As Prometheus does: RE2, which takes no long time for any pattern; None for what it refuses."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        compiled: _Pattern = re2.compile(pattern, options)
    except re2.error:
        return None
    return compiled
