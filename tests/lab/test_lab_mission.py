"""One fault of the lab, with only the components that it needs, up to the end of the diagnosis."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lab.driver import LabRun
from lab.incident import draw
from lab.mission import LabMission
from lab.setup import install_node, install_programs, install_python
from lab.software import Software
from lab.topology import Component
from runtime.local.apt import apt_possible
from runtime.local.private_files import private_directory
from runtime.local_settings import ROOT, DemoAnswer, LabSettings

NETWORK = 233
COMPONENTS = frozenset({Component.NGINX, Component.STOREFRONT, Component.CATALOG, Component.MONITORING})
SEED = 1
"""Draws a release of catalog whose search fails."""
CALM_S, WAIT_S = 30.0, 20.0


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with the lab's software, which is installed into var/lab where it is missing."""
    if not apt_possible():
        pytest.skip("the lab is not installed: apt-get install nginx, and what else make lab-setup needs")
    software = Software(ROOT / "var")
    private_directory(software.home)
    lines = [install_programs(), install_python(software), install_node(software)]
    assert not [line for line in lines if "; left out: " in line]
    home = private_directory(tmp_path / "lab")
    for folder in (software.venv, software.home / "node_modules"):
        (home / folder.name).symlink_to(folder)
    return tmp_path


@pytest.mark.timeout(600)  # it takes 240 s alone on two slow cores: the fault must be felt, then three looks
async def test_a_bad_release_is_felt_and_investigated(data: Path, chromium: Path) -> None:
    """The system itself shows the fault, the mission looks at pages, and without a yes nothing is done."""
    settings = LabSettings(ops_agent_data=data, chromium=chromium, network=NETWORK)
    incident = replace(draw("exception", SEED, decoys=False), wait_s=WAIT_S)
    run = LabRun(settings, Console())
    async with run.running(COMPONENTS) as (lab, _):
        result = await LabMission(run, lab, Console()).run(incident, DemoAnswer.NO, CALM_S)
        deployed = [change for change in lab.operations.changes() if change.kind == "deploy"]
    assert [change.service for change in deployed] == ["catalog"]
    assert result.truth.components == (Component.CATALOG,)
    assert result.summary["verdict"] in ("found", "inconclusive", "healthy")
    assert result.summary["screenshots"] > 0
    assert result.changes == ()
    assert result.unapproved == 0
