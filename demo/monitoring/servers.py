import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from demo.monitoring.programs import MonitoringPrograms
from demo.monitoring.rules import rules
from runtime.local.polling import answers
from runtime.local.private_files import private_directory
from runtime.local.processes import Child

_ENV = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "GOGC": "40"}


class Alertmanager:
    """Collects alerts, and sends no notifications: they are read over its API."""

    def __init__(self, programs: MonitoringPrograms, home: Path, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._program = programs.alertmanager
        self._home = home
        self._log = log

    def prepare(self) -> None:
        """Makes an empty directory with the configuration."""
        _empty_directory(self._home)
        content = {"route": {"receiver": "none", "group_wait": "0s"}, "receivers": [{"name": "none"}]}
        _write(self._home / "alertmanager.yml", content)

    def child(self) -> Child:
        """The process, without clustering, so that it opens no second port."""
        options = {
            "config.file": self._home / "alertmanager.yml",
            "storage.path": self._home / "data",
            "web.listen-address": urlsplit(self.url).netloc,
            "cluster.listen-address": "",
            "log.level": "warn",
        }
        argv = [str(self._program), *(f"--{name}={value}" for name, value in options.items())]
        env = _ENV | {"GOMEMLIMIT": "40MiB", "HOME": str(self._home)}
        return Child("alertmanager", argv, log=self._log, env=env, cwd=self._home)

    async def ready(self) -> None:
        """Returns when it answers. NotReadyError."""
        await answers("alertmanager", lambda: _get(f"{self.url}/-/ready"), (httpx.HTTPError,), self._log)

    async def firing(self) -> list[str]:
        """The names of the alerts that fire now. httpx.HTTPError."""
        alerts = (await _get(f"{self.url}/api/v2/alerts")).json()
        active = (alert for alert in alerts if alert["status"]["state"] == "active")
        return sorted({alert["labels"]["alertname"] for alert in active})


class Prometheus:
    """Scrapes the shop each second, from an empty storage on."""

    def __init__(self, programs: MonitoringPrograms, home: Path, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._program = programs.prometheus
        self._home = home
        self._log = log

    def prepare(self, shop_url: str, alertmanager_url: str) -> None:
        """Makes an empty directory with the configuration."""
        _empty_directory(self._home)
        _write(self._home / "rules.yml", rules())
        _write(self._home / "prometheus.yml", _configuration(shop_url, alertmanager_url))

    def child(self) -> Child:
        """The process, with Debian's classic UI."""
        options = {
            "config.file": self._home / "prometheus.yml",
            "storage.tsdb.path": self._home / "data",
            "storage.tsdb.retention.time": "2h",
            "web.listen-address": urlsplit(self.url).netloc,
            "log.level": "warn",
        }
        argv = [str(self._program), *(f"--{name}={value}" for name, value in options.items())]
        env = _ENV | {"GOMEMLIMIT": "100MiB", "HOME": str(self._home)}
        return Child("prometheus", argv, log=self._log, env=env, cwd=self._home)

    async def ready(self) -> None:
        """Returns when it answers. NotReadyError."""
        await answers("prometheus", lambda: _get(f"{self.url}/-/ready"), (httpx.HTTPError,), self._log)


def _configuration(shop_url: str, alertmanager_url: str) -> dict[str, Any]:
    def static(url: str) -> list[dict[str, Any]]:
        return [{"targets": [urlsplit(url).netloc]}]

    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "shop", "static_configs": static(shop_url)}],
        "alerting": {"alertmanagers": [{"static_configs": static(alertmanager_url)}]},
    }


def _empty_directory(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    private_directory(home)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


async def _get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=3, trust_env=False) as client:
        return (await client.get(url)).raise_for_status()
