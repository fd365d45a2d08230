"""Which requests a matcher selects: the failed ones, the successful ones, or some of both.

A pattern is tried on values that instrumentation writes: a status code, its class, a gRPC code, a word.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Any

import re2

from semantics.placeholders import has_variable
from semantics.syntax import LabelMatcher


class RequestSelection(StrEnum):
    """The requests that matchers select. `PARTIAL` leaves out some, not by success."""

    ALL = "all"
    FAILED = "failed"
    SUCCESSFUL = "successful"


_STATUS = {
    *("code", "status", "statuscode", "httpcode", "httpstatus", "httpstatuscode", "httpresponsestatuscode"),
    *("responsecode", "responsestatus", "responsestatuscode", "statusclass", "codeclass", "statuscodeclass"),
    *("responsecodeclass", "envoyresponsecode", "envoyresponsecodeclass", "httpresponsecode", "returncode"),
    *("class", "result", "outcome", "state", "returnstatus", "classification", "taskstate", "resultcode"),
    *("grpccode", "grpcstatus", "grpcstatuscode", "rpcgrpcstatuscode", "grpcresponsestatus", "upstreamcode"),
    *(
        "rpcresponsestatuscode",
        "rpcstatuscode",
        "rcode",
        "conclusion",
        "proxystatus",
        "errorcode",
        "backendcode",
    ),
    *("level", "severity", "loglevel", "detectedlevel", "lvl", "completionstatus"),
}
_PRESENCE = {"errortype", "exception", "exceptiontype", "exceptionname", "errorname", "exceptionclass"}
"""Labels that are set where a request failed, and else empty or say none."""
_FAILED_IF_TRUE = {"error", "failed", "failure", "iserror", "failing", "haserror"}
_FAILED_IF_FALSE = {"success", "succeeded", "issuccess", "successful", "ok"}

_CODES = ("100", "101", "200", "201", "202", "204", "206", "301", "302", "304", "307")
_CLIENT = ("400", "401", "403", "404", "409", "422", "429", "499", "4xx", "4XX", "4", "CLIENT_ERROR")
_SERVER = ("500", "501", "502", "503", "504", "5xx", "5XX", "5", "SERVER_ERROR")
_GRPC = (
    *("Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "Aborted"),
    *(
        "PermissionDenied",
        "ResourceExhausted",
        "FailedPrecondition",
        "OutOfRange",
        "Unimplemented",
        "Internal",
    ),
    *("Unavailable", "DataLoss", "Unauthenticated", "CANCELLED", "UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL"),
    *("RESOURCE_EXHAUSTED", "UNAVAILABLE", "UNIMPLEMENTED", "DATA_LOSS", "NOT_FOUND", "INVALID_ARGUMENT"),
)
_WORDS = (
    *(
        "error",
        "err",
        "errors",
        "fail",
        "failed",
        "failure",
        "fatal",
        "critical",
        "exception",
        "timeout",
        "panic",
    ),
    *("ERROR", "FAILED", "FAILURE", "Error", "Failed", "Failure", "FATAL", "CRITICAL", "aborted", "rejected"),
    *(
        "server_error",
        "client_error",
        "internal_error",
        "servfail",
        "SERVFAIL",
        "dropped",
        "crit",
        "emerg",
        "alert",
    ),
    *(
        "serverError",
        "clientError",
        "systemError",
        "deadletter",
        "TIMEOUT",
        "crashed",
        "REVOKED",
        "throttled",
    ),
)
_GOOD = (
    *(
        "200",
        "201",
        "202",
        "204",
        "206",
        "2xx",
        "2XX",
        "2",
        "OK",
        "Ok",
        "ok",
        "success",
        "succeeded",
        "Success",
    ),
    *(
        "SUCCESS",
        "Succeeded",
        "SUCCEEDED",
        "successful",
        "completed",
        "complete",
        "NOERROR",
        "info",
        "INFO",
        "debug",
    ),
)
_NEUTRAL = (
    "100",
    "101",
    "301",
    "302",
    "304",
    "307",
    "1xx",
    "3xx",
    "3XX",
    "3",
    "1",
    "REDIRECTION",
    "INFORMATIONAL",
)
_FAILURE_WORD = re.compile(r"(?i)(?<!no)(?<!no_)(?<!no-)(?:error|fail|exception|timeout|timed_?out|panic)")
_GOOD_WORD = re.compile(r"(?i)(?<!un)(?:success|succeeded)|status_code_ok$")
_GOOD_GRPC = ("OK", "Ok", "ok")
_EXIT_CODES = {"returncode", "resultcode", "errorcode", "rcode"}
"""Codes of which 0 is the good one; where HTTP codes are written, 0 means that there was no response."""
_NUMBERED_GRPC = tuple(str(code) for code in range(1, 17))
_SOME_ERRORS = ("TimeoutError", "java.io.IOException", "500", "connection_refused")
_NOTHING = ("", "none", "None", "null", "false", "unset", "-")


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
    if label in _PRESENCE:
        return _presence(matcher, negative=negative)
    if label in _FAILED_IF_TRUE | _FAILED_IF_FALSE:
        return _flag(matcher, label)
    if label not in _STATUS and not any_label:
        return RequestSelection.ALL
    return _status(matcher, label, negative=negative)


def _presence(matcher: LabelMatcher, *, negative: bool) -> RequestSelection:
    """Of a label that names an error, and is empty or says none without one."""
    some = any(_matches(matcher, value) for value in _SOME_ERRORS) or (
        "~" not in matcher.operator and matcher.value not in _NOTHING
    )
    nothing = _matches(matcher, "") or (not some and any(_matches(matcher, value) for value in _NOTHING))
    if some and nothing:
        return RequestSelection.ALL
    if nothing:
        return RequestSelection.FAILED if negative else RequestSelection.SUCCESSFUL
    everything = all(_matches(matcher, value) for value in _SOME_ERRORS)
    if negative:
        return RequestSelection.SUCCESSFUL if everything else RequestSelection.ALL
    return RequestSelection.FAILED


def _flag(matcher: LabelMatcher, label: str) -> RequestSelection:
    truths = {value for value in ("true", "1", "yes", "True") if _matches(matcher, value)}
    lies = {value for value in ("false", "0", "no", "False", "", "none", "None") if _matches(matcher, value)}
    negative = matcher.operator.startswith("!")
    if not truths and not lies:  # the label holds the name of an error
        failed = label in _FAILED_IF_TRUE and not negative
        return RequestSelection.FAILED if failed else RequestSelection.ALL
    if truths and lies:
        return RequestSelection.ALL
    failed = bool(truths) != negative if label in _FAILED_IF_TRUE else bool(lies) != negative
    return RequestSelection.FAILED if failed else RequestSelection.SUCCESSFUL


def _status(matcher: LabelMatcher, label: str, *, negative: bool) -> RequestSelection:
    numbered = _NUMBERED_GRPC if "grpc" in label or "rpcresponse" in label else ()
    server = any(_matches(matcher, value) for value in (*_SERVER, *_WORDS, *_GRPC, *numbered))
    failing = server or any(_matches(matcher, value) for value in _CLIENT) or _unusual_failure(matcher)
    zero_is_good = numbered or not label.endswith(("code", "class")) or label in _EXIT_CODES
    successes = (*(_GOOD_GRPC if numbered else _GOOD), *(("0",) if zero_is_good else ()))
    good = any(_matches(matcher, value) for value in successes) or _all_words(matcher, _GOOD_WORD)
    neutral = any(_matches(matcher, value) for value in _NEUTRAL) and not numbered
    if negative:
        if good and not failing:
            return RequestSelection.FAILED
        return RequestSelection.SUCCESSFUL if server and not good else RequestSelection.ALL
    if failing and not good and not neutral:
        return RequestSelection.FAILED
    return RequestSelection.SUCCESSFUL if good and not failing else RequestSelection.ALL


def _unusual_failure(matcher: LabelMatcher) -> bool:
    """A code such as 418 or a word such as STATUS_CODE_ERROR that is not among the samples."""
    if _all_words(matcher, _FAILURE_WORD):
        return True
    return "~" not in matcher.operator and re.fullmatch(r"[45]\d\d", matcher.value) is not None


def _all_words(matcher: LabelMatcher, pattern: re.Pattern[str]) -> bool:
    """Whether each of the literal alternatives, such as those of "Error|Failed", has such a word."""
    words = re.split(r"\|", matcher.value.strip("()^$")) if "~" in matcher.operator else [matcher.value]
    return all(pattern.search(word) for word in words)


def _matches(matcher: LabelMatcher, value: str) -> bool:
    """Whether the value or pattern of the matcher, without its negation, fits the value."""
    if "~" not in matcher.operator:
        return matcher.value == value
    pattern = _compiled(matcher.value)
    return pattern is not None and pattern.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any | None:
    """As Prometheus does: RE2, which takes no long time for any pattern; None for what it refuses."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
