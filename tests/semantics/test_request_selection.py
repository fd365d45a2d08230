"""Which requests a matcher selects."""

import pytest

from semantics.failures import RequestSelection, selection_of
from semantics.syntax import LabelMatcher

FAILED, SUCCESSFUL, ALL = RequestSelection.FAILED, RequestSelection.SUCCESSFUL, RequestSelection.ALL


@pytest.mark.parametrize(
    ("label", "operator", "value", "selection"),
    [
        ("code", "=~", "5..", FAILED),
        ("status", "=~", "5.*", FAILED),
        ("status_code", "=~", "[45]..", FAILED),
        ("code", "=", "521", FAILED),
        ("code", "=", "5xx", FAILED),
        ("http_response_status_code", "!~", "2..|3..", FAILED),
        ("code", "!~", "[123]..", FAILED),
        ("response_code", "=~", "5..|0", FAILED),
        ("code", "!~", "5..", SUCCESSFUL),
        ("status", "!~", "[4-5].*", SUCCESSFUL),
        ("code", "=", "200", SUCCESSFUL),
        ("code", "=~", "2..", SUCCESSFUL),
        ("code", "=~", ".*", ALL),
        ("code", "=~", "[25]..", ALL),
        ("code", "=~", "3..", ALL),
        ("code", "!=", "404", ALL),
        ("code", "=~", "$code", ALL),
        ("grpc_code", "!=", "OK", FAILED),
        ("grpc_code", "=", "OK", SUCCESSFUL),
        ("grpc_code", "=~", "Unknown|Internal|DataLoss", FAILED),
        ("rpc_grpc_status_code", "!=", "0", FAILED),
        ("rpc_grpc_status_code", "=~", "[1-9]|1[0-6]", FAILED),
        ("grpc_status", "=", "0", SUCCESSFUL),
        ("envoy_response_code_class", "=", "5", FAILED),
        ("envoy_response_code_class", "!=", "5", SUCCESSFUL),
        ("classification", "=", "failure", FAILED),
        ("status_code", "=", "STATUS_CODE_ERROR", FAILED),
        ("status_code", "=", "STATUS_CODE_OK", SUCCESSFUL),
        ("outcome", "=", "SERVER_ERROR", FAILED),
        ("outcome", "=", "SUCCESS", SUCCESSFUL),
        ("rcode", "=", "SERVFAIL", FAILED),
        ("result", "=~", "error|timeout", FAILED),
        ("exception", "!=", "None", FAILED),
        ("exception", "=", "none", SUCCESSFUL),
        ("error_type", "!=", "", FAILED),
        ("error_type", "=~", ".+", FAILED),
        ("error_type", "=~", ".*", ALL),
        ("error_type", "!~", ".+", SUCCESSFUL),
        ("error_type", "!=", "TimeoutError", ALL),
        ("exception", "=~", "Timeout.*|IO.*", FAILED),
        ("error", "=", "true", FAILED),
        ("success", "=", "false", FAILED),
        ("success", "=", "true", SUCCESSFUL),
        ("level", "=~", "error|critical", FAILED),
        ("method", "=", "GET", ALL),
        ("path", "=", "/error", ALL),
        ("code", "=~", "(", ALL),
    ],
)
def test_a_matcher(label: str, operator: str, value: str, selection: RequestSelection) -> None:
    assert selection_of([LabelMatcher(label, operator, value)]) is selection


def test_failures_come_before_successes() -> None:
    matchers = [LabelMatcher("code", "=~", "5.."), LabelMatcher("grpc_code", "=", "OK")]
    assert selection_of(matchers) is FAILED
    assert selection_of([]) is ALL


def test_any_label_may_tell_the_outcome_of_an_event() -> None:
    matchers = [LabelMatcher("phase", "=~", "Error|Failed")]
    assert selection_of(matchers) is ALL
    assert selection_of(matchers, any_label=True) is FAILED


def test_a_pattern_that_takes_long_with_backtracking_ends_at_once() -> None:
    matcher = LabelMatcher("grpc_code", "=~", "([A-Z_]+)+x")
    assert selection_of([matcher]) is ALL
