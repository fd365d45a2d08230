"""What is said of the console's packages, from what npm answers."""

import json

import pytest

from runtime.advisories import console_told

NOBODY = "npm audit: no advisory database can be reached from here; nothing was checked"


def answer(**advisories: int) -> str:
    """As npm 11 writes it."""
    kinds = {"info": 0, "low": 0, "moderate": 0, "high": 0, "critical": 0} | advisories
    return json.dumps({"metadata": {"vulnerabilities": kinds, "dependencies": {"prod": 9, "total": 321}}})


def test_we8_what_npm_found_is_counted() -> None:
    """High and critical fail; less is told."""
    assert console_told(answer()) == ("npm audit: 321 checked, 0 critical, 0 high, 0 moderate, 0 low", False)
    assert console_told(answer(low=2))[1] is False
    assert console_told(answer(high=1)) == (
        "npm audit: 321 checked, 0 critical, 1 high, 0 moderate, 0 low",
        True,
    )
    assert console_told(answer(critical=1))[1] is True


@pytest.mark.parametrize("expected", ["", "npm error", "[]", '{"message": "405", "statusCode": 405}'])
def test_we8_where_nobody_can_be_asked_it_says_so(expected: str) -> None:
    """A registry without that endpoint, a broken answer, no npm at all."""
    assert console_told(expected) == (NOBODY, False)
