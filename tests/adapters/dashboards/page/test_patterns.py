"""BR12: patterns of organizations cannot stop a worker, and cover each text that they match."""

import asyncio
import time

import pytest

from adapters.dashboards.answers.prometheus import metric_of
from adapters.dashboards.page.patterns import (
    COVERED,
    PATTERN_LENGTH,
    TEXT_LENGTH,
    Patterns,
    PatternTimeError,
    compile_pattern,
)
from adapters.dashboards.products.grafana.panels import PanelTarget
from missions.errors import InvalidError

BACKTRACKING = [
    (r"(a+)+$", "a" * 30 + "!"),
    (r"(a|aa)+$", "a" * 40 + "!"),
    (r"(x+x+)+y", "x" * 5_000),
    (r"(?:a?){25}a{25}b", "a" * 5_000),
    (r"([a-z]+\d*)*@", "word" * 1_000),
    (r"(\w+\s?)*:", "word " * 1_000),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 5_000),
]
"""Patterns and texts for which a backtracking engine needs exponential time, or the fifth power."""


@pytest.mark.parametrize(("pattern", "text"), BACKTRACKING)
def test_br12_no_pattern_backtracks(pattern: str, text: str) -> None:
    """A text without a match takes a fraction of a second, and stays as it is."""
    began = time.thread_time()
    assert Patterns([pattern]).cover(text) == text
    assert time.thread_time() - began < 1


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", r"\1"),
        (r"a(?=b)", "(?="),
        (r"(?<!a)b", "(?<"),
        (r"(?>a+)b", "(?>"),
        (r"a++b", "++"),
        (r"\d{1001}", "1001"),
        (r"(?:(?:a{0,99}){0,99}){0,99}", "repetition"),
        (r"x{,5}", "{0,n}"),
        (r"[^x]{1000}", "too large"),
        (r"(?:\pL{0,20}){0,20}x", "too large"),
        ("a" * (PATTERN_LENGTH + 1), "500 characters"),
        ("(", "missing )"),
        ("\ud800", "no text"),
    ],
)
def test_br12_what_is_not_supported_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    """Syntax that needs backtracking, and patterns that are too large, are refused with the reason."""
    with pytest.raises(InvalidError) as refused:
        compile_pattern(pattern)
    assert reason in refused.value.detail


def test_br12_patterns_have_a_time_limit() -> None:
    """A pattern that searches the rest of the text at each place uses up the time, and nothing is shown."""
    patterns = Patterns([r"[^\n]*b|a"], seconds=0.02)
    with pytest.raises(PatternTimeError):
        patterns.cover("a" * TEXT_LENGTH)
    with pytest.raises(PatternTimeError):
        patterns.cover("another text")


async def test_br12_the_event_loop_runs_while_a_pattern_is_searched() -> None:
    """A search in a thread does not hold the interpreter: the event loop goes on."""
    loop = asyncio.get_running_loop()
    patterns = Patterns([r"(?:a?){1000}(?:a?){1000}b"])
    cpu, ticks = time.thread_time(), 0
    search = loop.run_in_executor(None, patterns.cover, "a" * TEXT_LENGTH)
    while not search.done():
        ticks += 1
        await asyncio.sleep(0.005)
    await search
    assert ticks > 10
    assert time.thread_time() - cpu < 0.5, "the search ran in the event loop's thread"


@pytest.mark.parametrize(
    ("patterns", "text", "covered"),
    [
        ([r"\S+@\S+"], "from jane@shop.example to ü@ö", f"from {COVERED} to {COVERED}"),
        ([r"key=\w+", r"=\w{4} is"], "a key=abcd is b", f"a {COVERED} b"),
        ([r"secret", r"cre"], "a secret, a secret", f"a {COVERED}, a {COVERED}"),
        ([r"(?i)token"], "TOKEN Token", f"{COVERED} {COVERED}"),
        ([r"\d*"], "no number: 7", f"no number: {COVERED}"),
        ([r"(?P<name>é+)"], "caféé", f"caf{COVERED}"),
        ([r"b"], "a\ud800b", f"a?{COVERED}"),
        ([r"b"], "", ""),
        ([r"b"], "a\ud800", "a\ud800"),
        ([r"never"], "x" * (TEXT_LENGTH + 1), COVERED),
    ],
)
def test_br12_each_match_is_covered(patterns: list[str], text: str, covered: str) -> None:
    """The matches of all patterns are covered, those that overlap together; a huge text is covered whole."""
    assert Patterns(patterns).cover(text) == covered


@pytest.mark.parametrize("part", ["${", "[["])
def test_br12_a_dashboard_cannot_slow_its_variables_down(part: str) -> None:
    """A dashboard's query with a hundred thousand open variables is compared in a fraction of a second."""
    began = time.thread_time()
    assert not PanelTarget(text=part * 100_000, raw={}).matches("up")
    assert time.thread_time() - began < 1


def test_br12_a_page_cannot_slow_its_queries_down() -> None:
    """A page's query with two hundred thousand spaces is read in a fraction of a second."""
    query = "up" + " " * 200_000 + "x"
    began = time.thread_time()
    assert metric_of(query) == query
    assert metric_of(' up { job="a" } ') == "up"
    assert time.thread_time() - began < 1
