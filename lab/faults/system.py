from pathlib import Path
from typing import Protocol

from lab.faults.proxy_client import Links
from lab.topology import LabNetwork
from runtime.local.processes import Child


class FaultTarget(Protocol):
    """What faults need of a running lab; `lab.platform.Lab` has it."""

    @property
    def run(self) -> Path:
        """The directory of the lab's state."""
        ...

    @property
    def network(self) -> LabNetwork:
        """The lab's addresses."""
        ...

    @property
    def links(self) -> Links:
        """The fault proxy."""
        ...

    @property
    def prometheus_url(self) -> str:
        """The lab's Prometheus."""
        ...

    @property
    def edge_url(self) -> str:
        """What customers open."""
        ...

    @property
    def postgres_dsn(self) -> str:
        """PostgreSQL as the superuser."""
        ...

    def log(self, name: str) -> Path:
        """The log of a component or an instance."""
        ...

    def child(self, name: str) -> Child:
        """A process of our own supervisor."""
        ...
