"""`.ci/run` fails on a skipped test because of `--strict-skips`; small suites test this option."""

from pathlib import Path

import pytest
import strict_skips

CONFTEST = """
import sys
sys.path[:0] = [{plugins!r}, {root!r}]
pytest_plugins = ["strict_skips"]
"""
SKIPPED = """
import pytest

def test_passes():
    pass

def test_browser():
    pytest.skip("no Chromium found")

@pytest.mark.skipif(True, reason="user namespaces are forbidden here already")
def test_sandbox():
    pass
"""
WHOLE_FILE = """
import pytest
pytest.skip("Grafana's own panels are not built", allow_module_level=True)
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, root: Path) -> pytest.Pytester:
    """An empty suite with the option `--strict-skips`."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = session\n")
    pytester.makeconftest(CONFTEST.format(plugins=str(root / "tests" / "plugins"), root=str(root)))
    return pytester


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_a_skip_that_is_not_allowed_fails_the_run(suite: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """The run fails and lists each skip that is not allowed with its reason; allowed ones are not listed."""
    suite.makepyfile(test_some=SKIPPED, test_panels=WHOLE_FILE)
    result = suite.runpytest("--strict-skips", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, skipped=3)
    _, _, listed = result.stdout.str().partition("this machine could run them")
    assert "test_some.py::test_browser: no Chromium found" in listed
    assert "test_panels.py: Grafana's own panels are not built" in listed
    assert "test_sandbox" not in listed


def test_without_the_option_a_skip_is_no_failure(suite: pytest.Pytester) -> None:
    """Without the option, as on a developer's machine, a skip does not fail the run."""
    suite.makepyfile(test_some=SKIPPED)
    assert suite.runpytest().ret == pytest.ExitCode.OK


def test_allowed_skips_leave_the_run_green(suite: pytest.Pytester) -> None:
    """A skip for something that the machine forbids does not fail the run."""
    suite.makepyfile(test_some=SKIPPED.replace("no Chromium found", "user namespaces are not allowed here"))
    assert suite.runpytest("--strict-skips").ret == pytest.ExitCode.OK


def test_packages_may_be_missing_only_where_apt_cannot_install_them() -> None:
    """A missing package is refused by the short list of reasons, and allowed by the long one."""
    skips = [("test_ssh", "OpenSSH's sshd is not installed: apt-get install openssh-server")]
    assert strict_skips.refused(iter(skips), strict_skips.ALWAYS) == [f"test_ssh: {skips[0][1]}"]
    assert strict_skips.refused(iter(skips), strict_skips.ALWAYS + strict_skips.WITHOUT_APT) == []
