import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from lab.components.targets import INTERVAL, host_target, scrape_configs
from lab.context import LabContext
from lab.part import get
from lab.programs import ALERTMANAGER, PROMETHEUS, VICTORIA_METRICS
from lab.topology import Component
from runtime.local.polling import answers
from runtime.local.processes import Child

RULES = Path(__file__).with_name("files") / "rules.yml"
_GO_ENV: Mapping[str, str] = {"GOGC": "40", "GOMAXPROCS": "2"}


class PrometheusPart:
    """Prometheus: scrapes every 5 s and evaluates the alert rules."""

    name = "prometheus"

    def __init__(self, context: LabContext, components: frozenset[Component]) -> None:
        self._context = context
        self._components = components

    def configuration(self) -> dict[str, Any]:
        """The content of prometheus.yml, written as JSON, which is YAML."""
        return {
            "global": {"scrape_interval": INTERVAL, "scrape_timeout": "4s", "evaluation_interval": INTERVAL},
            "rule_files": ["rules.yml"],
            "scrape_configs": scrape_configs(self._context, self._components),
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [host_target("alertmanager")]}]}],
            },
        }

    def prepare(self) -> None:
        """Writes the configuration and the rules."""
        home = self._context.home(self.name)
        shutil.copy(RULES, home / "rules.yml")
        _write(home / "prometheus.yml", self.configuration())

    def child(self) -> Child:
        """The server."""
        home = self._context.home(self.name)
        argv = [
            str(PROMETHEUS.path),
            f"--config.file={home / 'prometheus.yml'}",
            f"--storage.tsdb.path={home / 'data'}",
            "--storage.tsdb.retention.time=1d",
            f"--web.listen-address={self._context.network.address(self.name)}",
            f"--web.external-url=http://{self._context.network.address(self.name)}",
            "--web.enable-lifecycle",
            "--query.lookback-delta=1m",
            "--log.level=warn",
        ]
        return self._context.child(self.name, argv, {**_GO_ENV, "GOMEMLIMIT": "200MiB"})

    async def ready(self) -> None:
        """Returns when it answers queries."""
        await _ready(self._context, self.name, "/-/ready")


class AlertmanagerPart:
    """Alertmanager: groups alerts and sends no notifications; they are read over its API."""

    name = "alertmanager"

    def __init__(self, context: LabContext) -> None:
        self._context = context

    def prepare(self) -> None:
        """Writes the configuration."""
        content = {
            "route": {
                "receiver": "none",
                "group_by": ["alertname", "job"],
                "group_wait": "5s",
                "group_interval": "30s",
            },
            "receivers": [{"name": "none"}],
            "inhibit_rules": [
                {
                    "source_matchers": ['severity="critical"'],
                    "target_matchers": ['severity="warning"'],
                    "equal": ["alertname", "instance"],
                }
            ],
        }
        _write(self._context.home(self.name) / "alertmanager.yml", content)

    def child(self) -> Child:
        """The server, without clustering."""
        home = self._context.home(self.name)
        argv = [
            str(ALERTMANAGER.path),
            f"--config.file={home / 'alertmanager.yml'}",
            f"--storage.path={home / 'data'}",
            f"--web.listen-address={self._context.network.address(self.name)}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        return self._context.child(self.name, argv, {**_GO_ENV, "GOMEMLIMIT": "40MiB"})

    async def ready(self) -> None:
        """Returns when it takes alerts."""
        await _ready(self._context, self.name, "/-/ready")


class VictoriaMetricsPart:
    """VictoriaMetrics: scrapes the same targets. Debian builds it without vmui: only its API is there."""

    name = "victoriametrics"

    def __init__(self, context: LabContext, components: frozenset[Component]) -> None:
        self._context = context
        self._components = components

    def prepare(self) -> None:
        """Writes the scrape configuration."""
        content = {
            "global": {"scrape_interval": INTERVAL, "scrape_timeout": "4s"},
            "scrape_configs": scrape_configs(self._context, self._components),
        }
        _write(self._context.home(self.name) / "scrape.yml", content)

    def child(self) -> Child:
        """The server."""
        home = self._context.home(self.name)
        argv = [
            str(VICTORIA_METRICS.path),
            f"-promscrape.config={home / 'scrape.yml'}",
            "-promscrape.config.strictParse=false",
            f"-storageDataPath={home / 'data'}",
            f"-httpListenAddr={self._context.network.address(self.name)}",
            *("-retentionPeriod=1d", "-memory.allowedBytes=64MB", "-loggerLevel=WARN"),
            *("-search.latencyOffset=5s", "-selfScrapeInterval=0", "-search.cacheTimestampOffset=1m"),
        ]
        return self._context.child(self.name, argv, {**_GO_ENV, "GOMEMLIMIT": "120MiB", "GOMAXPROCS": "1"})

    async def ready(self) -> None:
        """Returns when it answers."""
        await _ready(self._context, self.name, "/health")


async def _ready(context: LabContext, name: str, path: str) -> None:
    url = f"http://{context.network.address(name)}{path}"
    await answers(name, lambda: get(url), (httpx.HTTPError,), context.log(name))


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
