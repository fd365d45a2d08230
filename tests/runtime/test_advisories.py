"""The report about the console's packages is made from npm's output."""

import json

import pytest

from runtime.advisories import console_report

UNREACHABLE = "npm audit: no advisory database can be reached from here; nothing was checked"


def audit(**counts: int) -> str:
    """The output of npm 11."""
    kinds = {"info": 0, "low": 0, "moderate": 0, "high": 0, "critical": 0} | counts
    return json.dumps({"metadata": {"vulnerabilities": kinds, "dependencies": {"prod": 9, "total": 321}}})


def test_we8_what_npm_found_is_counted() -> None:
    """High and critical advisories fail the report; lower ones are only counted."""
    assert console_report(audit()) == (
        "npm audit: 321 checked, 0 critical, 0 high, 0 moderate, 0 low",
        False,
    )
    assert console_report(audit(low=2))[1] is False
    assert console_report(audit(high=1)) == (
        "npm audit: 321 checked, 0 critical, 1 high, 0 moderate, 0 low",
        True,
    )
    assert console_report(audit(critical=1))[1] is True


@pytest.mark.parametrize("output", ["", "npm error", "[]", '{"message": "405", "statusCode": 405}'])
def test_we8_where_nobody_can_be_asked_it_says_so(output: str) -> None:
    """Without a usable response of a registry the report says that nothing was checked."""
    assert console_report(output) == (UNREACHABLE, False)
