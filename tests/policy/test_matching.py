"""A rule's pattern is matched in time that grows with the name, whatever the pattern is."""

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.proposal import Effect
from policy.evaluation import PolicyRequest, evaluate
from policy.rules import Match, Policy, Rule


def allowed(pattern: str, service: str) -> bool:
    """Whether a rule with this pattern decides about this service."""
    policy = Policy(rules=(Rule(id="only", match=Match(service=pattern), effect=Effect.ALLOW),))
    request = PolicyRequest(
        organization="o",
        tool="t",
        action="a",
        service=service,
        environment="e",
        caller_type="c",
        at=datetime.now(UTC),
    )
    return evaluate(policy, request).rule == "only"


@pytest.mark.parametrize("name", ["a" * 5_000, "ab" * 2_500, "a" * 5_000 + "b"])
def test_br12_a_glob_does_not_backtrack(name: str) -> None:
    """A pattern with fifty stars takes milliseconds, also if it does not match."""
    began = time.thread_time()
    assert not allowed("*a" * 50 + "*c", name)
    assert time.thread_time() - began < 0.5


@given(pattern=st.text("ab*", min_size=1, max_size=8), name=st.text("ab\n", max_size=8))
def test_br12_a_star_is_any_text(pattern: str, name: str) -> None:
    """The result is that of a regular expression in which each star is any text."""
    expression = ".*".join(map(re.escape, pattern.split("*")))
    assert allowed(pattern, name) == (re.fullmatch(expression, name, re.DOTALL) is not None)
