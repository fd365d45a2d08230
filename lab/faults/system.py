from pathlib import Path
from typing import Protocol

from lab.components.certificates import CertificateAuthority
from lab.context import LabContext
from lab.faults.proxy_client import Links
from lab.operations.operations import Operations
from lab.processes import LabProcesses
from lab.topology import LabNetwork
from runtime.local.processes import Child


class FaultTarget(Protocol):
    """What faults need of a running lab; `lab.platform.Lab` has it."""

    network: LabNetwork
    context: LabContext
    authority: CertificateAuthority
    processes: LabProcesses

    @property
    def run(self) -> Path:
        """The directory of the lab's state."""
        ...

    @property
    def operations(self) -> Operations:
        """What operators do."""
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

    def child(self, name: str) -> Child:
        """A process of our own supervisor."""
        ...
