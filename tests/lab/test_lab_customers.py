"""How customers are served is read from the load's own log."""

import json
import time
from pathlib import Path

import pytest

from lab.customers import CustomerReport, Customers, NotCalmError


def window(age_s: float, requests: int, failures: int, p95_ms: int) -> str:
    line = {"time": time.time() - age_s, "event": "window", "name": "/", "requests": requests}
    return json.dumps(line | {"failures": failures, "p95_ms": p95_ms})


def customers(tmp_path: Path, *lines: str) -> Customers:
    log = tmp_path / "locust.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    return Customers(log)


def test_only_the_last_seconds_count(tmp_path: Path) -> None:
    """Other lines and older windows are left out; pages weigh by their requests."""
    failure = json.dumps(
        {"time": time.time(), "event": "failure", "name": "/", "ms": 3, "error": "status 500"}
    )
    lines = ("Starting", window(90, 500, 500, 9000), window(8, 30, 3, 100), failure, window(3, 10, 1, 300))
    assert customers(tmp_path, *lines).report() == CustomerReport(40, 0.1, 150)


def test_calm_is_relative_to_usual_service() -> None:
    """Failures are never calm, nor is silence; slow pages are where they are usually fast."""
    usual = CustomerReport(100, 0.0, 100)
    assert CustomerReport(100, 0.01, 200).is_calm(usual)
    assert not CustomerReport(100, 0.0, 400).is_calm(usual)
    assert CustomerReport(100, 0.0, 400).is_calm(None)
    assert not CustomerReport(100, 0.05, 100).is_calm(usual)
    assert not CustomerReport(0, 0.0, 0).is_calm(usual)


async def test_waiting_for_calm_ends_with_what_customers_see(tmp_path: Path) -> None:
    """Calm service returns at once; otherwise the error has the numbers."""
    assert (await customers(tmp_path, window(3, 10, 0, 50)).calm(None, 0)).requests == 10
    with pytest.raises(NotCalmError, match=r"30\.0% failed"):
        await customers(tmp_path, window(3, 10, 3, 50)).calm(None, 0)
