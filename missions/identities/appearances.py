"""How evidence names what it is about, before anything is resolved."""

from typing import NamedTuple


class Appearance(NamedTuple):
    """One way in which evidence names its subject; "" where it says nothing.

    `name` is what a series, a log line, a change or a call gives as its service, whatever it really is. The
    other names are those of labels. `measured` says that the subject has series of its own under this name.
    """

    name: str = ""
    service: str = ""
    workload: str = ""
    pod: str = ""
    container: str = ""
    instance: str = ""
    host: str = ""
    cluster: str = ""
    environment: str = ""
    namespace: str = ""
    measured: bool = False

    @property
    def subject(self) -> str:
        """The name that the evidence is resolved by: the most general one that it gives.

        A container's name is none: sidecars have the same name in every pod.
        """
        return self.name or self.service or self.workload or self.pod

    @property
    def scope(self) -> tuple[str, str, str]:
        """Cluster, environment and namespace, in the order in which they tell services apart."""
        return self.cluster, self.environment, self.namespace
