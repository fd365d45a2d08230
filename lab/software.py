"""Where `make lab-setup` puts what the lab runs, and where a running lab keeps its state."""

from dataclasses import dataclass
from pathlib import Path

from lab.topology import LabNetwork

INSTALLED = ".installed"
"""The file in a folder of packages that says of which lock they are."""


@dataclass(frozen=True)
class Software:
    """The installed software and the runs in the project's data directory `data`."""

    data: Path

    @property
    def home(self) -> Path:
        """Everything of the lab: Node looks for `node_modules` in the parents of a program's folder."""
        return self.data.absolute() / "lab"

    @property
    def venv(self) -> Path:
        """The virtual environment of the lab's Python software."""
        return self.home / "venv"

    @property
    def complete(self) -> bool:
        """Whether the packages of PyPI and npm are installed."""
        return all((folder / INSTALLED).exists() for folder in (self.venv, self.home / "node_modules"))

    def program(self, name: str) -> Path:
        """A program of the virtual environment, for example `locust`."""
        return self.venv / "bin" / name

    def run(self, network: LabNetwork) -> Path:
        """The state of the lab on this network."""
        return self.home / f"run-{network.number}"
