"""Where everything of the lab is: `operations.json`, which `lab.operations.operations` writes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "operations.json"


@dataclass(frozen=True)
class ServiceLayout:
    """A service: the IP addresses of its instances, its ports, and the load balancer before it.

    `port` is None where it takes no requests, `metrics_port` where Prometheus does not scrape its instances.
    `balancer` is `haproxy`, `nginx` or empty.
    """

    name: str
    addresses: tuple[str, ...]
    usual: int
    port: int | None
    metrics_port: int | None
    balancer: str


@dataclass(frozen=True)
class Layout:
    """The lab's directory, its services, and what an operator can restart beside them."""

    run: Path
    number: int
    services: dict[str, ServiceLayout]
    infrastructure: tuple[str, ...]
    environment: dict[str, str]

    @classmethod
    def read(cls, run: Path) -> "Layout":
        """Raises OSError, ValueError and KeyError where `operations.json` is missing or damaged."""
        content: dict[str, Any] = json.loads((run / FILE).read_text(encoding="utf-8"))
        services = {
            name: ServiceLayout(name=name, **values | {"addresses": tuple(values["addresses"])})
            for name, values in content["services"].items()
        }
        return cls(
            run=run,
            number=content["number"],
            services=services,
            infrastructure=tuple(content["infrastructure"]),
            environment=content["environment"],
        )

    @property
    def supervisord_socket(self) -> Path:
        """The socket of supervisord, which runs the services."""
        return self.run / "supervisord.sock"

    @property
    def supervision_socket(self) -> Path:
        """The socket of the lab, which runs the infrastructure."""
        return self.run / "supervision.sock"

    @property
    def haproxy_socket(self) -> Path:
        """HAProxy's runtime socket, with the level `admin`."""
        return self.run / "haproxy.sock"

    @property
    def nginx_upstreams(self) -> Path:
        """The folder of nginx's upstream servers, a file for each service."""
        return self.run / "upstreams"

    @property
    def targets(self) -> Path:
        """The folder of Prometheus' file_sd, a file for each service."""
        return self.run / "targets"

    @property
    def config(self) -> Path:
        """The git repository of the services' configuration files."""
        return self.run / "config"

    @property
    def changes(self) -> Path:
        """What operators changed, one JSON object in each line."""
        return self.run / "changes.jsonl"

    @property
    def receipts(self) -> Path:
        """The folder of what each idempotency key did."""
        return self.run / "receipts"

    def app(self, service: str) -> Path:
        """The folder of a service's releases."""
        return self.run / "apps" / service
