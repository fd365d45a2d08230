"""With `--strict-skips` a run fails when a test was skipped that this machine could have run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from runtime.local.apt import apt_possible


@dataclass(frozen=True)
class AllowedSkip:
    """A reason for a skip that no setup of this machine can remove."""

    reason: str
    """A regular expression that the whole reason matches."""
    because: str


ALWAYS = (AllowedSkip(r"user namespaces are .*", "the kernel or its administrator forbids them"),)
WITHOUT_APT = (AllowedSkip(r".* is not installed: apt-get install .*", "packages need root and apt"),)
"""Allowed only where `make setup` cannot install Debian packages."""


def refused(skips: Iterator[tuple[str, str]], allowed: tuple[AllowedSkip, ...]) -> list[str]:
    """The skips, as (test, reason), whose reason is not allowed: one line for each, sorted."""
    return sorted(
        f"{test}: {reason}"
        for test, reason in skips
        if not any(re.fullmatch(entry.reason, reason, re.DOTALL) for entry in allowed)
    )


class StrictSkips:
    """Counts a refused skip as a failure of the run, and lists it at the end."""

    def __init__(self, config: pytest.Config, allowed: tuple[AllowedSkip, ...]) -> None:
        self._config = config
        self._allowed = allowed
        self._refused: list[str] = []

    def _skips(self) -> Iterator[tuple[str, str]]:
        # The terminal's reporter has the reports of every xdist worker, and of files that skip as a whole.
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        for report in reporter.stats.get("skipped", ()) if reporter else ():
            _, _, reason = report.longrepr
            yield report.nodeid, reason.removeprefix("Skipped: ")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Changes the exit status of a run that passed otherwise."""
        self._refused = refused(self._skips(), self._allowed)
        if self._refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Lists them."""
        if self._refused:
            terminalreporter.section("skipped, although this machine could run them", red=True)
            for line in self._refused:
                terminalreporter.line(line)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option."""
    parser.addoption(
        "--strict-skips", action="store_true", help="fail when a test is skipped that this machine could run"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the check; xdist's workers leave it to the process that started them."""
    if config.getoption("strict_skips") and not hasattr(config, "workerinput"):
        allowed = ALWAYS if apt_possible() else ALWAYS + WITHOUT_APT
        config.pluginmanager.register(StrictSkips(config, allowed))
