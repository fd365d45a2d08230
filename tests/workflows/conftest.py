"""A real Temporal server that can skip a workflow's waits, and a mission that runs on it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from memory_world import MemoryWorld
from running_mission import RunningMission, workers
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from runtime.local.binaries import script
from runtime.namespace import SEARCH_ATTRIBUTES
from runtime.temporal import plugin

Start = Callable[..., Awaitable[RunningMission]]

RECORDED = (
    "recovered",
    "recovered-late",
    "denied",
    "expired",
    "cancelled-before",
    "cancelled-while-asking",
    "cancelled-waiting",
    "cancelled-acting",
    "cancelled-failing",
    "healthy",
    "inconclusive",
    "unknown",
    "still-bad-elsewhere",
    "uncertain",
    "nothing-to-do",
    "refused-by-policy",
    "re-asked",
    "re-asked-in-vain",
    "reminded",
    "taken-back",
    "wrong-first-candidate",
    "nothing-helps",
    "rollback-denied",
    "rollback-refused",
    "denied-next",
    "page-away",
    "report-store-away",
    "failed",
    "failed-acting",
    "timed-out-waiting",
    "timed-out-acting",
    "quarantined",
    "gateway-vetoes",
    "gateway-is-told",
)
"""The tests whose histories are recorded: one for each path through the workflow."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-histories", action="store_true", help="write tests/histories/*.json anew")


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A Temporal development server with production's search attributes, on its own port."""
    environment = await WorkflowEnvironment.start_local(
        plugins=[plugin(None)],  # plain payloads keep recorded histories readable
        dev_server_existing_path=str(script("temporal")),
        dev_server_log_level="error",
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        search_attributes=[SearchAttributeKey.for_keyword(name) for name in SEARCH_ATTRIBUTES],
    )
    async with environment:
        yield environment.client


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


@pytest.fixture
async def start(
    temporal: Client, world: MemoryWorld, histories: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Start]:
    """Starts the test's mission; --record-histories saves its history under the test's name."""
    started: list[RunningMission] = []

    async def begin(**changes: Any) -> RunningMission:
        started.append(await RunningMission.start(temporal, world, **changes))
        return started[-1]

    async with workers(temporal, world):
        yield begin
        name = history_name(request.node.name)
        if name in RECORDED and request.config.getoption("--record-histories", default=False):
            (mission,) = started
            events = (await mission.handle.fetch_history()).to_json_dict()
            content = json.dumps(portable(events), separators=(",", ":"))
            (histories / f"{name}.json").write_text(content + "\n")


def history_name(test: str) -> str:
    """The history's name: `test_denied` gives `denied`, a test with a parameter gives the parameter."""
    return test.removeprefix("test_").rpartition("[")[2].removesuffix("]").replace("_", "-")


def portable(part: Any) -> Any:
    """The history without the machine's details: paths in stack traces, host and process."""
    if isinstance(part, dict):
        kept = {name: portable(inner) for name, inner in part.items() if name != "stackTrace"}
        return kept | ({"identity": "worker"} if "identity" in kept else {})
    return [portable(inner) for inner in part] if isinstance(part, list) else part


@pytest.fixture(scope="session")
def histories(root: Path) -> Path:
    return root / "tests" / "histories"
